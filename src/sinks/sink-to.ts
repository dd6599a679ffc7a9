/** Several sinks for the same records. */
import type { BatchFailures, BatchRecord } from "../consumer/options.ts";
import { isNonRetryable } from "../record/errors.ts";
import { checkFunction, type Sink } from "./sink.ts";

/**
 * Gives records to several sinks at once. A record is done when it is in all of them; where one fails, it comes again to all, and each
 * keeps its own promise. A record that one of them will never take is parked, and is in the others.
 *
 * @example
 * kinesisConsumer({ consumer: "orders", decode: json(), processBatch: sinkTo(s3Sink({ bucket, format: ndjson() }), opensearchSink({ endpoint, index: "orders" })) });
 */
export function sinkTo<T>(...sinks: readonly Sink<T>[]): Sink<T> {
  if (sinks.length === 0) throw new TypeError("sinkTo: give at least one sink.");
  for (const sink of sinks) {
    if (sink === undefined) throw new TypeError("sinkTo: a sink is undefined.");
    checkFunction("sinkTo: a sink", sink);
  }
  return async (records, context) => {
    // None is left alone: what one throws must wait until the others have ended.
    const outcomes = await Promise.allSettled(sinks.map(async (sink) => sink(records, context)));
    const thrown = outcomes.find((outcome) => outcome.status === "rejected");
    if (thrown) throw thrown.reason;
    const errors = new Map<BatchRecord<T>, unknown>();
    for (const outcome of outcomes) {
      const { failed } = (outcome as PromiseFulfilledResult<BatchFailures<T> | undefined>)
        .value ?? {
        failed: [],
      };
      for (const { error, record } of failed) {
        // It may go into the one that can take it before it is parked for the other.
        if (!errors.has(record) || isNonRetryable(errors.get(record))) errors.set(record, error);
      }
    }
    if (errors.size === 0) return undefined;
    return { failed: [...errors].map(([record, error]) => ({ record, error })) };
  };
}
