/**
 * CBOR, as the Java clients write it: maps, lists and strings of indefinite length included, times
 * as tagged milliseconds. The codec is cborg, which reads strictly and allocates nothing that a
 * length only promises; text and bytes in pieces, which it does not know, are put together here.
 */
import { decode, encode, Token, Tokenizer, Type } from "cborg";

const epochTime = 1;

/** Keys and pieces included. 500 records have some five thousand; a megabyte can have a million. */
const mostValues = 100_000;

/** Throws an Error for what is no CBOR, and for what has more values than any request has. */
export function decodeCbor(bytes: Uint8Array): unknown {
  const tags = { [epochTime]: (read: () => unknown) => read() };
  return decode(bytes, { tags, tokenizer: joining(bytes), rejectDuplicateMapKeys: false });
}

export const encodeCbor = (value: unknown): Uint8Array => encode(value);

/** Tokens of `bytes`, with strings of indefinite length as if they had been written in one piece. */
function joining(bytes: Uint8Array) {
  let base = 0;
  let inner = new Tokenizer(bytes);
  let values = 0;
  const count = () => {
    if (++values > mostValues) throw new Error(`CBOR with more than ${mostValues} values`);
  };
  const position = () => base + inner.pos();
  const joined = (type: Type) => {
    const pieces: Uint8Array[] = [];
    let at = position() + 1;
    for (; bytes[at] !== stop; at += pieces.at(-1)!.length) {
      count();
      const piece = pieceAt(bytes, at, type);
      at = piece.from;
      pieces.push(bytes.subarray(at, at + piece.length));
    }
    base = at + 1;
    inner = new Tokenizer(bytes.subarray(base));
    const whole = Buffer.concat(pieces);
    return new Token(type, type === Type.string ? whole.toString() : new Uint8Array(whole), 0);
  };
  return {
    pos: position,
    done: () => position() >= bytes.length,
    next() {
      count();
      const first = bytes[position()];
      if (first === 0x5f) return joined(Type.bytes);
      if (first === 0x7f) return joined(Type.string);
      return inner.next();
    },
  };
}

/** The byte that ends what has no length. */
const stop = 0xff;

/** Where the bytes of a piece begin, and how many there are: its length is in its head, or behind it. */
function pieceAt(bytes: Uint8Array, at: number, { majorEncoded }: Type) {
  const head = bytes[at];
  if (head === undefined) throw new Error("CBOR string without an end");
  const minor = head - majorEncoded;
  if (minor < 0 || minor > 27) throw new Error("CBOR string with a piece that is no string");
  const size = minor < 24 ? 0 : 2 ** (minor - 24);
  let length = size === 0 ? minor : 0;
  for (let i = 1; i <= size; i++) length = length * 256 + (bytes[at + i] ?? Number.NaN);
  const from = at + 1 + size;
  if (!(from + length <= bytes.length)) throw new Error("CBOR string without an end");
  return { from, length };
}
