/**
 * Marks in the two output streams of an execution environment, at the begin and the end of an
 * invocation: the streams and the responses take different ways, so only a mark in the stream
 * itself tells whose line it is, and that none is still to come. A mark is a line of its own.
 */

export const markBegin = (requestId: string) => `\0${requestId}\0\n`;
export const markEnd = "\0\0\n";

/** A mark at the end of a line: what stands before it, and its request id ("": the end). */
export function readMark(line: string): { before: string; requestId: string } | undefined {
  if (!line.endsWith("\0")) return undefined;
  const start = line.lastIndexOf("\0", line.length - 2);
  if (start < 0) return undefined;
  return { before: line.slice(0, start), requestId: line.slice(start + 1, -1) };
}
