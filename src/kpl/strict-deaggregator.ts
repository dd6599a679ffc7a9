import { listShards, shardIn } from "../kinesis/list-shards.ts";
import { eachByItself } from "./deaggregate.ts";
import type {
  AggregateSource,
  Deaggregated,
  Deaggregator,
  DeaggregatorHost,
  HashKeyRange,
  HashKeyRangeOf,
} from "./deaggregator.ts";
import { effectiveHashKey } from "./hash-key.ts";
import type { KplUserRecord } from "./user-record.ts";

export interface StrictDeaggregatorOptions {
  /**
   * What is left out where a user record belongs to another shard: `"aggregate"`, the whole aggregate, as the KCL and
   * Lambda's enhanced fan-out have it; or `"record"`, that user record alone. @default "aggregate"
   */
  readonly drop?: "aggregate" | "record";
  /** What takes the aggregates apart: `simdDeaggregator()`, say. @default one by one, with Node's own MD5 */
  readonly deaggregator?: Deaggregator;
  /** Finds a shard's range. @default by ListShards, once for each shard and environment */
  readonly hashKeyRangeOf?: HashKeyRangeOf;
}

/**
 * Leaves out what the KCL leaves out: aggregates with a user record whose hash key lies outside of the shard's range.
 * After a reshard the KPL's open aggregates may reach a shard that has only a part of their keys; the KPL then puts
 * what came to the wrong shard again ("Wrong Shard"), and a consumer that keeps everything, as a `kinesisConsumer`
 * does by default, sees that twice, in two shards. A producer that does not put it again loses it here: each
 * aggregate that is left out is logged as a warning, with its sequence number.
 *
 * The function's role needs kinesis:ListShards on the stream. Where the range cannot be found, the batch fails and is
 * delivered again.
 *
 * @throws TypeError for another `drop`.
 *
 * @example
 * export const handler = kinesisConsumer({
 *   consumer: "orders",
 *   deaggregator: strictDeaggregator(),
 *   process(order) {},
 * });
 */
export function strictDeaggregator({
  drop = "aggregate",
  deaggregator = eachByItself,
  hashKeyRangeOf = rangeByListShards,
}: StrictDeaggregatorOptions = {}): Deaggregator {
  if (drop !== "aggregate" && drop !== "record") {
    throw new TypeError(`strictDeaggregator: drop must be "aggregate" or "record"; it is ${drop}.`);
  }
  const ranges = new Map<string, HashKeyRange>();

  /** A shard's range never changes. */
  async function rangeOf(
    { eventID, eventSourceARN }: AggregateSource,
    { hashKeyRangeOf: ofHost }: DeaggregatorHost,
  ): Promise<HashKeyRange> {
    const shardId = eventID.slice(0, eventID.indexOf(":"));
    const shard = `${eventSourceARN} ${shardId}`;
    const range = ranges.get(shard) ?? (await (ofHost ?? hashKeyRangeOf)(eventSourceARN, shardId));
    ranges.set(shard, range);
    return range;
  }

  const strict: Deaggregator = async (payloads, records, host): Promise<Deaggregated> => {
    const taken = await deaggregator(payloads, records, host);
    if (taken.every((inner) => inner === undefined)) return taken;
    const { start, end } = await rangeOf(records[0]!, host);
    const isForeign = (record: KplUserRecord | undefined) => {
      const hashKey = record && effectiveHashKey(record);
      return hashKey !== undefined && (hashKey < start || hashKey > end);
    };
    return taken.map((inner, index) => {
      const foreign = inner?.filter(isForeign).length;
      if (!inner || !foreign) return inner;
      const { eventID, eventSourceARN } = records[index]!;
      host.logger.warn(
        `An aggregate holds user records of another shard: ${drop === "record" ? "they are" : "all of it is"} left out.`,
        { record: eventID, stream: eventSourceARN, foreign, userRecords: inner.length },
      );
      return drop === "record" ? inner.map((one) => (isForeign(one) ? undefined : one)) : [];
    });
  };
  return Object.assign(strict, { asksForShards: hashKeyRangeOf === rangeByListShards });
}

async function rangeByListShards(streamArn: string, shardId: string): Promise<HashKeyRange> {
  try {
    const { HashKeyRange } = shardIn(await listShards(streamArn), shardId);
    return {
      start: BigInt(HashKeyRange!.StartingHashKey!),
      end: BigInt(HashKeyRange!.EndingHashKey!),
    };
  } catch (cause) {
    throw new Error(
      `The hash keys of ${shardId} could not be asked for: ${(cause as Error).message} The function's role needs kinesis:ListShards on ${streamArn}.`,
      { cause },
    );
  }
}
