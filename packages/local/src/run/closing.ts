/** What has to be ended again: the latest first, each once, whatever another one does. */
export interface Closing {
  add(end: () => unknown): void;
  /** Ends everything that was added. A second call waits for the first. Rejects with the first error. */
  readonly all: () => Promise<void>;
}

export function closing(): Closing {
  const ends: (() => unknown)[] = [];
  let ended: Promise<void> | undefined;

  async function endAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let end = ends.pop(); end; end = ends.pop()) {
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  return {
    add: (end) => void ends.push(end),
    all() {
      ended ??= endAll();
      return ended;
    },
  };
}
