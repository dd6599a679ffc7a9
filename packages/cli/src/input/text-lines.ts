/** Lines whose bytes are what they should be. */
import type { TextLine } from "./encoding.ts";
import { InputError, type Source } from "./record.ts";

const byteOrderMark = Buffer.from("\ufeff");

/** Without a byte order mark, which files that were joined have in their middle. Throws InputError. */
export function checked(line: TextLine, file: string): TextLine {
  const { bytes, number, problem } = line;
  if (problem) throw new InputError(problem.what, { file, line: number, column: problem.column });
  const isMarked = bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  return isMarked ? { ...line, bytes: bytes.subarray(byteOrderMark.length) } : line;
}

/** Where something stands that ends with a line. */
export function sourceOfLine(
  file: string,
  { end, finished }: { readonly end: number; readonly finished: boolean },
  line: number,
): Source {
  return finished ? { file, line, end } : { file, line, end, unfinished: true };
}
