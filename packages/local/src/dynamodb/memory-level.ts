/**
 * memory-level, in which dynalite keeps its items, does at once what it is asked for, and answers through six promises.
 * Here it is asked without them. The answer still comes a turn of the event loop later, as dynalite has it: so
 * requests that come together are answered together.
 */

/** What of dynalite's store is used here: of memory-level the methods that abstract-level calls, of dynalite the callbacks. */
export interface MemoryLevel {
  get(key: string, done: (error: unknown, value?: unknown) => void): void;
  put(key: string, value: unknown, done: (error: unknown) => void): void;
  _getSync(key: Buffer, options: object): Buffer | undefined;
  _put(key: Buffer, value: Buffer, options: object): Promise<void>;
  close(): Promise<void>;
}

/** Keys and values are the bytes that memory-level's own encodings make: the rest of dynalite finds what is written here. */
export function readDirectly(level: MemoryLevel): void {
  level.get = (key, done) => {
    const value = level._getSync(Buffer.from(key), {});
    setImmediate(done, null, value && JSON.parse(value.toString()));
  };
  level.put = (key, value, done) => {
    void level._put(Buffer.from(key), Buffer.from(JSON.stringify(value)), {});
    setImmediate(done, null);
  };
}
