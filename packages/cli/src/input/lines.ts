/** Cuts bytes into lines, and says where each of them ends. */

export interface Line {
  /** Without its end, `\n` or `\r\n`, and without a byte order mark at the start of the file. */
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  /** The offset after its end. */
  readonly end: number;
  /** False: the input ended in the middle of it. */
  readonly finished: boolean;
}

/** Where a reader begins that was here before. */
export interface StartAt {
  readonly offset: number;
  /** The number of the line that begins there. */
  readonly line: number;
}

export const beginning: StartAt = { offset: 0, line: 1 };

/** A line that is longer than this is no line of text, and would fill the memory. */
export const tooLong = {
  bytes: 64 * 1024 * 1024,
  error: (number: number) =>
    new Error(
      `line ${number} is longer than ${tooLong.bytes / 1024 / 1024} MiB: is this a file of lines?`,
    ),
};

const newline = 10;
const carriageReturn = 13;
const byteOrderMark = Buffer.from("\ufeff");

/** `chunks` begin at `start`. Of any encoding in which the byte 10 is the end of a line. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  start: StartAt = beginning,
): AsyncGenerator<Line> {
  let { offset, line: number } = start;
  let pending: Buffer[] = [];
  let pendingLength = 0;
  const line = (bytes: Buffer, finished: boolean): Line => {
    offset += bytes.length + (finished ? 1 : 0);
    const isFirst = offset === bytes.length + (finished ? 1 : 0);
    const text = isFirst && bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes;
    const hasReturn = text[text.length - 1] === carriageReturn;
    return {
      bytes: hasReturn ? text.subarray(0, -1) : text,
      ...{ number: number++, end: offset, finished },
    };
  };
  for await (const given of chunks) {
    const chunk = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      const part = chunk.subarray(from, at);
      yield line(pendingLength === 0 ? part : Buffer.concat([...pending, part]), true);
      pending = [];
      pendingLength = 0;
      from = at + 1;
    }
    if (from === chunk.length) continue;
    pending.push(chunk.subarray(from));
    pendingLength += chunk.length - from;
    if (pendingLength > tooLong.bytes) throw tooLong.error(number);
  }
  if (pendingLength > 0) yield line(Buffer.concat(pending), false);
}
