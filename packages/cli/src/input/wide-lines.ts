/** Cuts UTF-16 into lines: as `readLines`, but each character has two bytes, and so has the end of a line. */
import { beginning, type Line, type StartAt, tooLong } from "./lines.ts";

const byteOrderMark = "\ufeff";

/** `chunks` begin at `start`. Its lines stay in UTF-16. */
export async function* readWideLines(
  chunks: AsyncIterable<Uint8Array>,
  isBigEndian: boolean,
  start: StartAt = beginning,
): AsyncGenerator<Line> {
  const inBytes = (text: string) => {
    const bytes = Buffer.from(text, "utf16le");
    return isBigEndian ? bytes.swap16() : bytes;
  };
  const [newline, carriageReturn, mark] = ["\n", "\r", byteOrderMark].map(inBytes) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  let { offset, line: number } = start;
  let pending = Buffer.alloc(0);
  /** So much of `pending` has no line end. */
  let looked = 0;
  const line = (bytes: Buffer, finished: boolean): Line => {
    const isFirst = offset === 0;
    offset += bytes.length + (finished ? newline.length : 0);
    const text = isFirst && bytes.subarray(0, 2).equals(mark) ? bytes.subarray(2) : bytes;
    const hasReturn = text.length >= 2 && text.subarray(-2).equals(carriageReturn);
    return {
      bytes: hasReturn ? text.subarray(0, -2) : text,
      ...{ number: number++, end: offset, finished },
    };
  };
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    for (let at = nextUnit(pending, newline, looked); at >= 0; at = nextUnit(pending, newline, 0)) {
      yield line(pending.subarray(0, at), true);
      pending = pending.subarray(at + newline.length);
    }
    looked = pending.length - (pending.length % 2);
    if (looked > tooLong.bytes) throw tooLong.error(number);
  }
  if (pending.length > 0) yield line(pending, false);
}

/** Where a unit stands, not across two of them. */
function nextUnit(bytes: Buffer, unit: Buffer, from: number): number {
  let at = bytes.indexOf(unit, from);
  while (at % 2 === 1) at = bytes.indexOf(unit, at + 1);
  return at;
}
