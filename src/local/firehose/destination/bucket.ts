/** Where objects go: anything that takes a key and bytes. */

export interface Bucket {
  /** Resolves once the object is there; rejects where it is not, and is asked again later. */
  put(key: string, bytes: Uint8Array, about: ObjectHeaders): Promise<void> | void;
}

export interface ObjectHeaders {
  readonly contentType: string;
  readonly contentEncoding?: string;
}

export interface MemoryBucket extends Bucket {
  /** By key, in the order in which they came. */
  readonly objects: ReadonlyMap<string, StoredObject>;
}

export interface StoredObject extends ObjectHeaders {
  readonly bytes: Uint8Array;
}

/**
 * A bucket for tests.
 *
 * @example
 * const bucket = memoryBucket();
 * bucket.put("2026/a.json", new TextEncoder().encode("{}"), { contentType: "application/json" });
 * [...bucket.objects.keys()]; // ["2026/a.json"]
 */
export function memoryBucket(): MemoryBucket {
  const objects = new Map<string, StoredObject>();
  return {
    objects,
    put(key, bytes, about) {
      objects.set(key, { ...about, bytes });
    },
  };
}
