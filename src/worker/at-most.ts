/** Many calls, of which some run at once: all at once would be more than a small table, or a client's connections, can take. */

/** Calls `act` for each of the list, in order, at most so many at a time. Rejects as soon as one does, and begins no more. */
export async function atMost<T, R>(
  many: number,
  list: readonly T[],
  act: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = list.entries();
  let failed = false;
  async function work(): Promise<void> {
    for (const [at, one] of left) {
      if (failed) return;
      try {
        results[at] = await act(one);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(many, list.length) }, work));
  return results;
}
