/** Ids that a record keeps however often it is sent: a reply that was lost is a duplicate then, and no second effect. */
import { type Random, randomUuid, systemRandom } from "../time/random.ts";
import { tagOf } from "../values/kinds.ts";
import { type DataEncoder, type DataEncoderObject, encodeFunctionOf } from "./encode.ts";

/** What `withId` takes besides the encoder. */
export interface WithIdOptions {
  /** The field that holds the id. @default "id" */
  readonly field?: string;
  /** @default the machine's own chance */
  readonly random?: Random;
}

/**
 * Gives every object that has no id of its own a random UUID before `inner` writes it. Written once, however often it is sent, so that
 * a `kinesisConsumer` with `uniqueId: idIn("id")` knows the copies that lost replies, retries and reshards leave in the stream.
 *
 * @example
 * kinesisProducer({ stream: "clicks", encode: withId(toJson(), { field: "eventId" }) });
 * kinesisConsumer({ consumer: "clicks", decode: json(), uniqueId: idIn("eventId"), progress, process });
 */
export function withId<V extends object>(
  inner: DataEncoder<V>,
  { field = "id", random = systemRandom }: WithIdOptions = {},
): DataEncoderObject<V> {
  const encode = encodeFunctionOf("withId", inner);
  return {
    encode(value) {
      const fields = value as Record<string, unknown>;
      if (fields[field] !== undefined) return encode(value);
      // Of others a copy of the fields is not what the encoder would have written.
      if (tagOf(value) !== "[object Object]" || fields.toJSON) {
        throw new TypeError(
          `withId gives ids to plain objects, and this is ${fields.toJSON ? "one that has a toJSON()" : tagOf(value)}. Give it one of your own, in the field ${field}.`,
        );
      }
      return encode({ ...value, [field]: randomUuid(random) });
    },
  };
}

/** Reads what `withId` has written: for the consumer's `uniqueId`. Undefined: the record has no such text. */
export const idIn =
  (field = "id") =>
  (value: unknown): string | undefined => {
    const id = (value as Record<string, unknown> | null | undefined)?.[field];
    return typeof id === "string" ? id : undefined;
  };
