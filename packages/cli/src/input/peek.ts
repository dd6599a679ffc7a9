/** Looks at what bytes begin with, and leaves them as they were. */

/** `head` has four bytes or a whole line, if there is so much. */
export async function peeked(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  // A file that grows may have no more for now than a short line.
  while (head.length < 4 && !head.includes("\n")) {
    const { done, value } = await iterator.next();
    if (done) break;
    head = head.length === 0 ? Buffer.from(value) : Buffer.concat([head, value]);
  }
  return { head, all: joined(head, iterator) };
}

async function* joined(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
