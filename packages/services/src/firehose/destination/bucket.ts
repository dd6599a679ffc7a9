/** Where objects go: anything that takes a key and bytes. */

export interface DeliveryBucket {
  /** Resolves once the object is there; rejects where it is not, and is asked again later. */
  put(key: string, bytes: Uint8Array, about: ObjectHeaders): Promise<void> | void;
}

/** The headers of an object that is delivered. */
export interface ObjectHeaders {
  readonly contentType: string;
  readonly contentEncoding?: string;
}

/** A bucket in memory, whose objects a test can look at. */
export interface MemoryBucket extends DeliveryBucket {
  /** By key, in the order in which they came. */
  readonly objects: ReadonlyMap<string, DeliveredObject>;
}

/** An object that a delivery stream has written into a bucket in memory. */
export interface DeliveredObject extends ObjectHeaders {
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
  const objects = new Map<string, DeliveredObject>();
  return {
    objects,
    put(key, bytes, about) {
      objects.set(key, { ...about, bytes });
    },
  };
}
