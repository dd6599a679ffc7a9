/** Objects that are written once: what stands under the key of a part is the part, or the fence that keeps it out. */
import type { Bucket, NewObject } from "../parts/bucket.ts";
import type { Outcome } from "../parts/intents.ts";
import type { PartStore } from "../parts/write-parts.ts";
import type { Format } from "./formats.ts";

/** What a part is, as an object. */
export interface PartFile
  extends Pick<PartStore, "keyOf">,
    Pick<NewObject, "contentType" | "contentEncoding"> {
  /** Of none: the fence. */
  readonly encode: (prepared: readonly unknown[]) => Uint8Array | PromiseLike<Uint8Array>;
}

/** A file as readers see it. */
export const fileOf = ({
  contentEncoding,
  contentType,
  encode,
  extension,
}: Format<never>): PartFile => ({
  contentType,
  contentEncoding,
  keyOf: (prefix, folder, id) => `${prefix}${folder}${id}${extension}`,
  encode,
});

/** Parts as objects of a bucket, which decides by conditional writes. */
export function objectsIn(
  bucket: Bucket,
  { contentEncoding, contentType, encode, keyOf }: PartFile,
): PartStore {
  const objectOf = async (prepared: readonly unknown[]) => ({
    ...{ contentType, contentEncoding },
    body: await encode(prepared),
  });

  async function outcomeOf(key: string): Promise<Outcome> {
    const settled = await bucket.look(key);
    if (settled) return settled;
    // Either the fence is first, or the part: S3 decides, whoever is still alive.
    const isFenced = await bucket.putNew(key, { ...(await objectOf([])), isFence: true });
    const there = isFenced ? "fence" : await bucket.look(key);
    if (there) return there;
    throw new Error(`s3Sink: ${key} was there, and is gone: its records are tried again.`);
  }

  return {
    keyOf,
    async put({ key, rows }) {
      try {
        const object = await objectOf(rows.map(({ prepared }) => prepared));
        if (await bucket.putNew(key, object)) return undefined;
        // Of ours, the reply was lost; or somebody has fenced it.
        if ((await bucket.look(key)) === "part") return undefined;
        const error = new Error(`s3Sink: another environment has claimed the records of ${key}.`);
        return { error };
      } catch (error) {
        return { error };
      }
    },
    async settle(keys) {
      const outcomes = new Map<string, Outcome>();
      for (const key of keys) outcomes.set(key, await outcomeOf(key));
      return outcomes;
    },
  };
}
