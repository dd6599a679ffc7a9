import { listShards } from "../aws/list-shards.ts";
import { deaggregate } from "../kpl/deaggregate.ts";
import { effectiveHashKey } from "../kpl/hash-key.ts";
import type { KplUserRecord } from "../kpl/user-record.ts";
import type {
  AggregateSource,
  Deaggregator,
  DeaggregatorHost,
  HashKeyRange,
  HashKeyRangeOf,
} from "./deaggregator.ts";
import { drop as dropRecord } from "./decode/decoder.ts";
import { shardCreatedAt } from "./position.ts";

const oneByOne: Deaggregator = { takeApart: (records) => records.map(deaggregate) };

/** What `strictDeaggregator` takes. */
export interface StrictDeaggregatorOptions {
  /**
   * What is left out where a user record belongs to another shard: `"record"`, that user record; or `"aggregate"`, the
   * whole aggregate, as the KCL and Lambda's enhanced fan-out have it. @default "record"
   */
  readonly drop?: "record" | "aggregate";
  /** What takes the aggregates apart: `simdDeaggregator()`, say. @default one by one, with Node's own MD5 */
  readonly deaggregator?: Deaggregator;
  /** Finds a shard's range. @default by ListShards */
  readonly hashKeyRangeOf?: HashKeyRangeOf;
}

/**
 * Leaves out user records of aggregates whose hash key lies outside of the shard's range. After a reshard an aggregate
 * may reach a shard that has only a part of its keys. The KPL puts the user records that came to a wrong shard again
 * ("Wrong Shard"); a consumer that keeps everything, as a `kinesisConsumer` does by default, sees those twice, in two
 * shards. What a producer does not put again is lost here: each aggregate with records that are left out is logged
 * as a warning, with its sequence number.
 *
 * `drop: "aggregate"` is what the KCL does, to the letter. With a KPL since 2024, which takes the user records in their
 * own shard for delivered, it loses those.
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
  drop = "record",
  deaggregator = oneByOne,
  hashKeyRangeOf,
}: StrictDeaggregatorOptions = {}): Deaggregator {
  if (drop !== "aggregate" && drop !== "record") {
    throw new TypeError(`strictDeaggregator: drop must be "record" or "aggregate"; it is ${drop}.`);
  }
  /** What is known. A shard's range never changes; a stream that is deleted and made again has shards of the same names. */
  const ranges = new Map<string, HashKeyRange>();
  /** The payloads of the user records that are left out. */
  const leftOut = new WeakSet<Uint8Array>();

  async function rangeOf(
    { eventID, eventSourceARN, kinesis }: AggregateSource,
    { hashKeyRangeOf: ofHost, signal }: DeaggregatorHost,
  ): Promise<HashKeyRange> {
    const shardId = eventID.slice(0, eventID.indexOf(":"));
    const key = keyOf(eventSourceARN, shardId, kinesis.sequenceNumber);
    const known = ranges.get(key);
    if (known) return known;
    const find = hashKeyRangeOf ?? ofHost;
    if (find) ranges.set(key, checkRange(await find(eventSourceARN, shardId), shardId));
    else await listRanges(ranges, eventSourceARN, shardId, signal);
    const range = ranges.get(key);
    if (!range) throw rangeUnknown(eventSourceARN, shardId, "ListShards does not know it.");
    return range;
  }

  return {
    async takeApart(payloads, records, host) {
      const taken = await deaggregator.takeApart(payloads, records, host);
      if (taken.every((inner) => inner === undefined)) return taken;
      const isForeign = outside(await rangeOf(records[0]!, host));
      return taken.map((inner, index) => {
        const foreign = inner?.map(isForeign);
        if (!inner || !foreign?.includes(true)) return inner;
        const { eventID, eventSourceARN } = records[index]!;
        host.logger.warn(
          `An aggregate holds user records of another shard: ${drop === "record" ? "they are" : "all of it is"} left out.`,
          {
            stream: eventSourceARN,
            record: eventID,
            userRecords: inner.length,
            foreign: foreign.filter(Boolean).length,
          },
        );
        inner.forEach(({ data }, place) => {
          if (drop === "aggregate" || foreign[place]) leftOut.add(data);
        });
        return inner;
      });
    },
    beforeDecoding: (decode) => (data, record) =>
      leftOut.has(data) ? dropRecord() : decode(data, record),
    asksForShards: hashKeyRangeOf === undefined,
  };
}

/** Numbers have lost digits of hash keys, and what is missing would let every record pass. */
function checkRange(range: HashKeyRange, shardId: string): HashKeyRange {
  if (typeof range?.start === "bigint" && typeof range.end === "bigint") return range;
  throw new TypeError(
    `strictDeaggregator: hashKeyRangeOf must return { start, end } as bigints, and did not for ${shardId}.`,
  );
}

/** Whether a record is outside of the range. Most records of an aggregate share their partition key with others. */
function outside({ start, end }: HashKeyRange): (record: KplUserRecord) => boolean {
  const known = new Map<string, boolean>();
  const isOutside = (hashKey: bigint) => hashKey < start || hashKey > end;
  return (record) => {
    const { explicitHashKey, partitionKey } = record;
    if (explicitHashKey !== undefined) return isOutside(effectiveHashKey(record));
    const before = known.get(partitionKey);
    if (before !== undefined) return before;
    const now = isOutside(effectiveHashKey(record));
    known.set(partitionKey, now);
    return now;
  };
}

const keyOf = (streamArn: string, shardId: string, sequenceNumber: string) =>
  `${streamArn} ${shardId} ${shardCreatedAt(sequenceNumber)}`;

/** Also where the function's own time is long: a batch that waits holds up its shard. */
const patienceMs = 10_000;

/** All shards' ranges, of which each answer of ListShards has many. */
async function listRanges(
  ranges: Map<string, HashKeyRange>,
  streamArn: string,
  shardId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    for (const shard of await listShards(streamArn, inTime)) {
      const { StartingHashKey, EndingHashKey } = shard.HashKeyRange!;
      const { StartingSequenceNumber } = shard.SequenceNumberRange!;
      ranges.set(keyOf(streamArn, shard.ShardId!, StartingSequenceNumber!), {
        start: BigInt(StartingHashKey!),
        end: BigInt(EndingHashKey!),
      });
    }
  } catch (cause) {
    throw rangeUnknown(streamArn, shardId, (cause as Error).message, cause);
  }
}

const rangeUnknown = (streamArn: string, shardId: string, why: string, cause?: unknown) =>
  new Error(
    `The hash keys of ${shardId} could not be asked for: ${why} The function's role needs kinesis:ListShards on ${streamArn}.`,
    { cause },
  );
