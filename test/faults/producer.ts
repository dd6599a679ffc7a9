/** Who puts records, and who reshards the stream. */

import type { Kinesis, Shard } from "../../packages/local/src/kinesis/index.ts";
import { effectiveHashKey } from "../../src/kpl/hash-key.ts";
import { aggregate } from "../../src/kpl.ts";
import type { Book } from "./book.ts";
import type { Step } from "./scenario.ts";

export const stream = "flights";

type Put = Extract<Step, { type: "put" }>;

/** Puts the records of a step, packed into aggregates where it says so, and enters them in the book. */
export type Producer = (step: Put) => void;

export function createProducer(kinesis: Kinesis, book: Book): Producer {
  return ({ records, packed }) => {
    const prepared = records.map((planned) => {
      const { n, uid, key: partitionKey } = planned;
      return { planned, partitionKey, data: Buffer.from(JSON.stringify({ n, uid })) };
    });
    const groups = packed ? groupByShard(kinesis, prepared) : prepared.map((one) => [one]);
    for (const group of groups) {
      const one = packed ? aggregate(group) : { ...group[0]!, explicitHashKey: undefined };
      const { partitionKey, data, explicitHashKey } = one;
      const placed = kinesis.putRecord({
        stream,
        partitionKey,
        data,
        ...(explicitHashKey && { explicitHashKey }),
      });
      group.forEach(({ planned, data }, place) => {
        const record = {
          ...planned,
          ...placed,
          subSequenceNumber: packed ? place : 0,
          arrivedAt: kinesis.clock.now(),
          data,
          isPacked: packed,
          effects: [],
          deliveries: [],
          parkedBy: [],
          failures: 0,
          firstDelivered: undefined,
          runs: 0,
          wasParked: false,
          parkedIn: new Set<number>(),
          parkedAs: new Set<string>(),
          parkedItsKey: false,
          wasConfirmed: false,
          isBack: false,
          wasDiscarded: false,
          wasIgnored: false,
        };
        book.records.set(planned.n, record);
        const { shardId, sequenceNumber } = placed;
        const where = planned.where ? ` in ${planned.where}` : "";
        const behaviour = planned.behaviour === undefined ? "" : `, ${planned.behaviour}${where}`;
        book.tell(
          "producer",
          () =>
            `puts ${book.name(record)}${behaviour} into ${shardId} at …${sequenceNumber.slice(-8)}`,
        );
      });
    }
  };
}

export function split(kinesis: Kinesis, choice: number, book: Book): void {
  const open = openShards(kinesis);
  if (open.length > 5) return;
  const { shardId, hashKeyRange } = open[choice % open.length]!;
  const [start, end] = [BigInt(hashKeyRange.startingHashKey), BigInt(hashKeyRange.endingHashKey)];
  const newStartingHashKey = String((start + end) / 2n);
  kinesis.splitShard({ stream, shardToSplit: shardId, newStartingHashKey });
  book.fault("stream", `splits ${shardId}`);
}

export function merge(kinesis: Kinesis, choice: number, book: Book): void {
  const open = openShards(kinesis);
  if (open.length < 2) return;
  const at = choice % (open.length - 1);
  const [shardToMerge, adjacentShardToMerge] = [open[at]!.shardId, open[at + 1]!.shardId];
  kinesis.mergeShards({ stream, shardToMerge, adjacentShardToMerge });
  book.fault("stream", `merges ${shardToMerge} and ${adjacentShardToMerge}`);
}

/** By hash key, lowest first. */
function openShards(kinesis: Kinesis): Shard[] {
  return kinesis
    .listShards({ stream, filter: { type: "AT_LATEST" } })
    .map((shard) => ({ shard, start: BigInt(shard.hashKeyRange.startingHashKey) }))
    .sort((a, b) => (a.start < b.start ? -1 : 1))
    .map(({ shard }) => shard);
}

/** An aggregate goes to one shard, so its records belong there. */
function groupByShard<R extends { readonly partitionKey: string }>(
  kinesis: Kinesis,
  records: readonly R[],
): R[][] {
  const open = openShards(kinesis);
  const owner = (record: R) =>
    open.findLast(
      ({ hashKeyRange }) => BigInt(hashKeyRange.startingHashKey) <= effectiveHashKey(record),
    )!;
  return [...Map.groupBy(records, (record) => owner(record).shardId).values()];
}
