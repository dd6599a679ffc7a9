/** What the bytes of a text mean. It is UTF-8, unless its byte order mark or somebody says otherwise. */
import { isUtf8 } from "node:buffer";
import { nearest } from "../../../../src/values/nearest.ts";
import { UsageError } from "../command-line/usage-error.ts";
import type { Line } from "./lines.ts";
import { InputError } from "./record.ts";

/** Bytes from which its lines are cut, and what they are in. */
export interface Encoding {
  /** A label of https://encoding.spec.whatwg.org. Undefined: UTF-8, and nobody has said so. */
  readonly name: string | undefined;
  /** Bytes of the line end: in UTF-16 it is two. */
  readonly unit: 1 | 2;
}

/** What a byte order mark says. */
const marks: readonly (readonly [mark: string, name: string])[] = [
  ["efbbbf", "utf-8"],
  ["fffe", "utf-16le"],
  ["feff", "utf-16be"],
];

/** Of these, a person may have one in mind. */
const common = ["latin1", "windows-1252", "utf-8", "utf-16le", "utf-16be", "shift_jis", "gb18030"];

/** The name that the standard has for it. Throws UsageError. */
export function encodingNamed(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return new TextDecoder(name).encoding;
  } catch (cause) {
    const near = nearest(name.toLowerCase(), common);
    const hint = near ? `Did you mean ${near}?` : `It takes such as ${common.join(", ")}.`;
    throw new UsageError(`--encoding: there is no encoding "${name}". ${hint}`, { cause });
  }
}

/**
 * The encoding of a text that begins with these bytes. Throws where they say otherwise than `given`, or what
 * nobody has said. `isRaw`: whatever it is, its bytes are wanted.
 */
export function encodingOf(
  head: Uint8Array,
  given: string | undefined,
  { file, isRaw }: { readonly file: string; readonly isRaw: boolean },
): Encoding {
  const start = Buffer.from(head.subarray(0, 4)).toString("hex");
  const refuse = (what: string) => {
    throw new InputError(what, { file, line: 1 });
  };
  if (start === "fffe0000" || start === "0000feff") {
    refuse("this is UTF-32. Make UTF-8 of it: iconv -f utf-32 -t utf-8.");
  }
  const [, said] = marks.find(([mark]) => start.startsWith(mark)) ?? [];
  if (said !== undefined && given !== undefined && said !== given) {
    refuse(`its byte order mark is that of ${said}, and --encoding says ${given}: leave that out.`);
  }
  const name = given ?? (said === "utf-8" ? undefined : said);
  if (name === undefined && !isRaw) {
    if (start.startsWith("1f8b"))
      refuse("this is packed with gzip, and cannot be read as it grows: unpack it.");
    const guess = /^(?!00)..00/.test(start)
      ? "utf-16le"
      : /^00(?!00)../.test(start)
        ? "utf-16be"
        : undefined;
    if (guess) refuse(`every second byte is 0: is this UTF-16? Give --encoding ${guess}.`);
  }
  return encodingCalled(name);
}

export const encodingCalled = (name: string | undefined): Encoding => ({
  name,
  unit: name?.startsWith("utf-16") ? 2 : 1,
});

/** A line in UTF-8. */
export interface TextLine extends Line {
  /** What is wrong with its bytes, which are as they were then. */
  readonly problem?: { readonly what: string; readonly column: number };
}

/** Decodes each line by itself: none of these encodings goes on over the end of a line. */
export async function* decodeLines(
  lines: AsyncIterable<Line>,
  { name, unit }: Encoding,
): AsyncGenerator<TextLine> {
  if (name === undefined || name === "utf-8") {
    for await (const line of lines) {
      if (isUtf8(line.bytes)) yield line;
      else yield { ...line, problem: notUtf8(line.bytes) };
    }
    return;
  }
  const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  for await (const line of lines) {
    try {
      yield { ...line, bytes: Buffer.from(decoder.decode(line.bytes)) };
    } catch {
      const isHalf = line.bytes.length % unit > 0;
      const what = `this is not ${name}${isHalf ? ", of which each character has two bytes" : ""}.`;
      yield { ...line, problem: { what, column: 1 } };
    }
  }
}

/** All of a text that is not cut into lines, without its mark. Throws InputError, with line and column. */
export function wholeText(bytes: Uint8Array, file: string): string {
  const { name } = encodingOf(bytes, undefined, { file, isRaw: false });
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (name !== undefined) {
    try {
      return new TextDecoder(name, { fatal: true }).decode(all);
    } catch (cause) {
      throw new InputError(`this is not ${name}.`, { file, line: 1 }, { cause });
    }
  }
  if (isUtf8(all)) return all.toString().replace(/^\ufeff/, "");
  const before = all.subarray(0, validUpTo(all)).toString("latin1").split("\n");
  const column = before.at(-1)!.length + 1;
  throw new InputError("this is not UTF-8.", { file, line: before.length, column });
}

function notUtf8(bytes: Buffer): NonNullable<TextLine["problem"]> {
  const at = validUpTo(bytes);
  const byte = bytes[at]!.toString(16).padStart(2, "0");
  const names = "such as latin1, utf-16le or shift_jis";
  return {
    what: `the byte 0x${byte} is not UTF-8. Say what the file is written in: --encoding, ${names}.`,
    column: at + 1,
  };
}

/** How many bytes of it are UTF-8. */
function validUpTo(bytes: Buffer): number {
  let [low, high] = [0, bytes.length];
  // A prefix that ends within a character is as good as one that ends before it.
  const isGood = (length: number) => {
    for (let cut = 0; cut < 4 && cut <= length; cut++) {
      if (isUtf8(bytes.subarray(0, length - cut))) return true;
    }
    return false;
  };
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isGood(middle)) low = middle;
    else high = middle - 1;
  }
  while (!isUtf8(bytes.subarray(0, low))) low--;
  return low;
}
