import type { Plan } from "../../../../src/consumer/plan.ts";

/** What a handler is, as far as a template can be wrong about it. */
export type HandlerReport =
  | ({ readonly kind: "consumer" } & ConsumerOptions)
  /** A handler that `kinesisConsumer` did not make. */
  | { readonly kind: "other" }
  | { readonly kind: "broken"; readonly message: string };

export interface ConsumerOptions
  extends Pick<
    Plan<unknown>,
    "consumer" | "order" | "concurrency" | "parallelizationFactor" | "keepInSeconds"
  > {
  /** The most records in one call of `processBatch`. Absent: `process` takes one. */
  readonly maxItems?: number;
  /** Absent: no number of failures parks a record. */
  readonly maxAttempts?: number;
  /** Absent: the greater of 1,000 and 5 % of the timeout. */
  readonly marginMs?: number;
  readonly hasUniqueId: boolean;
  /** Whether it leaves out what belongs to another shard, and asks for the shard's hash keys. */
  readonly asksForShards: boolean;
  readonly hasProgress: boolean;
  /** The name of the table. Absent: in a store of its own. */
  readonly progressLocation?: string;
  readonly hasParking: boolean;
  /** A table's name, `s3://<bucket>/<prefix>` or a queue's URL. Absent: in a store of its own. */
  readonly parkLocation?: string;
  readonly readsJson: boolean | "unknown";
  /** Whether it counts in windows: whose state stands in its progress, or in those of the mapping (TumblingWindowInSeconds). */
  readonly windows?: "own" | "ofMapping";
}
