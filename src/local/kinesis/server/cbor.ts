/**
 * CBOR, as the Java clients write it: maps, lists and strings of indefinite length included, times
 * as tagged milliseconds. The codec is cborg, which reads strictly and allocates nothing that a
 * length only promises; text and bytes in pieces, which it does not know, are put together here.
 */
import { decode, encode, Token, Tokenizer, Type } from "cborg";

const epochTime = 1;

/** Throws an Error for what is no CBOR. */
export function decodeCbor(bytes: Uint8Array): unknown {
  const tags = { [epochTime]: (read: () => unknown) => read() };
  return decode(bytes, { tags, tokenizer: joining(bytes), rejectDuplicateMapKeys: false });
}

export const encodeCbor = (value: unknown): Uint8Array => encode(value);

/** Tokens of `bytes`, with strings of indefinite length as if they had been written in one piece. */
function joining(bytes: Uint8Array) {
  let base = 0;
  let inner = new Tokenizer(bytes);
  const position = () => base + inner.pos();
  const moveTo = (at: number) => {
    base = at;
    inner = new Tokenizer(bytes.subarray(at));
  };
  const joined = (type: Type) => {
    moveTo(position() + 1);
    const pieces: Uint8Array[] = [];
    for (;;) {
      if (position() >= bytes.length) throw new Error("CBOR string without an end");
      const piece = inner.next();
      if (piece.type === Type.break) break;
      if (piece.type !== type) throw new Error("CBOR string with a piece that is no string");
      pieces.push(type === Type.string ? Buffer.from(piece.value) : piece.value);
    }
    const whole = Buffer.concat(pieces);
    return new Token(type, type === Type.string ? whole.toString() : new Uint8Array(whole), 0);
  };
  return {
    pos: position,
    done: () => position() >= bytes.length,
    next() {
      const first = bytes[position()];
      if (first === 0x5f) return joined(Type.bytes);
      if (first === 0x7f) return joined(Type.string);
      return inner.next();
    },
  };
}
