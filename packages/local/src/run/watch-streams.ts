/** What happens to streams, as it can be seen at the simulator's core: puts, refused puts, shards that come and go. */
import type { Clock } from "../../../../src/time/clock.ts";
import { hashPartitionKey, parseExplicitHashKey } from "../kinesis/hash-space.ts";
import type { Kinesis, PutRecord, PutRecordsResult } from "../kinesis/types.ts";
import type { PutEvent, ReshardEvent } from "./events.ts";

export interface WatchedStreams {
  /** The same Kinesis: whoever uses it is seen. */
  readonly kinesis: Kinesis;
  /** Tells what is not told yet. */
  flush(): void;
  close(): void;
}

/** Puts of so many milliseconds are one event a shard. */
const gatherMs = 100;

/** Partition keys that one event names; and those that are counted for it. */
const keysTold = 5;
const keysCounted = 10_000;

interface Gathered {
  records: number;
  bytes: number;
  throttled: number;
  first: string | undefined;
  last: string | undefined;
  readonly at: number;
  readonly keys: Map<string, number>;
  /** By the first eight bits of the hash key. */
  readonly heat: Map<number, number>;
}

/** Sees each put once, at about a microsecond a record. */
export function watchStreams(
  inner: Kinesis,
  tell: (event: PutEvent | ReshardEvent) => void,
  clock: Clock = inner.clock,
): WatchedStreams {
  /** By stream and shard. */
  const gathered = new Map<string, Gathered>();
  const shards = new Map<string, Set<string>>();
  const unsubscribe: (() => void)[] = [];
  let cancel: (() => void) | undefined;

  function flush(): void {
    cancel?.();
    cancel = undefined;
    for (const [place, one] of gathered) {
      const [stream = "", shardId = ""] = place.split("/");
      const { at, records, bytes, throttled, first, last } = one;
      const keys = [...one.keys]
        .sort(([, a], [, b]) => b - a)
        .slice(0, keysTold)
        .map(([partitionKey, records]) => ({ partitionKey, records }));
      const heat = Object.fromEntries(one.heat);
      tell({
        ...{ type: "put", stream, shardId, at, records, bytes, throttled, keys, heat },
        ...(first !== undefined && { first }),
        ...(last !== undefined && { last }),
      });
    }
    gathered.clear();
  }

  function gather(stream: string, shardId: string, at: number): Gathered {
    const place = `${stream}/${shardId}`;
    let one = gathered.get(place);
    if (!one) {
      one = {
        ...{ records: 0, bytes: 0, throttled: 0, first: undefined, last: undefined, at },
        ...{ keys: new Map(), heat: new Map() },
      };
      gathered.set(place, one);
      cancel ??= clock.after(gatherMs, flush);
    }
    return one;
  }

  function put(
    stream: string,
    { data, explicitHashKey, partitionKey }: PutRecord,
    to: { readonly shardId: string; readonly sequenceNumber: string },
  ): void {
    const one = gather(stream, to.shardId, clock.now());
    one.records++;
    one.bytes += data.length;
    one.first ??= to.sequenceNumber;
    one.last = to.sequenceNumber;
    const known = one.keys.get(partitionKey);
    if (known !== undefined || one.keys.size < keysCounted) {
      one.keys.set(partitionKey, (known ?? 0) + 1);
    }
    const bucket = bucketOf(partitionKey, explicitHashKey);
    one.heat.set(bucket, (one.heat.get(bucket) ?? 0) + 1);
  }

  function refused(
    stream: string,
    error: { readonly message?: string; readonly code?: string },
  ): void {
    if (error.code !== "ProvisionedThroughputExceededException") return;
    const [shardId = ""] = /shardId-\d+/.exec(error.message ?? "") ?? [];
    gather(stream, shardId, clock.now()).throttled++;
  }

  /** Listens to a stream that is there, or comes back under its name. */
  function listen(stream: string): void {
    const known = new Set(inner.listShards({ stream }).map(({ shardId }) => shardId));
    shards.set(stream, known);
    unsubscribe.push(
      inner.onChange(stream, (shardId) => {
        if (!known.has(shardId)) resharded(stream, known);
      }),
    );
  }

  function resharded(stream: string, known: Set<string>): void {
    const all = inner.listShards({ stream });
    const opened = all.filter(({ shardId }) => !known.has(shardId));
    for (const { shardId } of opened) known.add(shardId);
    const parents = new Set(
      opened.flatMap(({ parentShardId, adjacentParentShardId }) =>
        [parentShardId, adjacentParentShardId].filter((id) => id !== undefined),
      ),
    );
    flush();
    tell({
      ...{ type: "reshard", stream, at: clock.now(), closed: [...parents].sort() },
      opened: opened.map(({ shardId, parentShardId, adjacentParentShardId, hashKeyRange }) => ({
        shardId,
        parents: [parentShardId, adjacentParentShardId].filter((id) => id !== undefined),
        ...{ hashKeyRange },
      })),
    });
  }

  for (const stream of inner.listStreams()) listen(stream);

  const own: Partial<Kinesis> = {
    createStream(input) {
      inner.createStream(input);
      listen(input.name);
    },
    putRecord(input) {
      try {
        const result = inner.putRecord(input);
        put(nameOf(input.stream), input, result);
        return result;
      } catch (error) {
        refused(nameOf(input.stream), error as Error);
        throw error;
      }
    },
    putRecords(input) {
      const result: PutRecordsResult = inner.putRecords(input);
      const stream = nameOf(input.stream);
      for (const [index, one] of result.records.entries()) {
        if ("shardId" in one) put(stream, input.records[index]!, one);
        else refused(stream, { code: one.errorCode, message: one.errorMessage });
      }
      return result;
    },
  };
  return {
    // What it does not have itself is the inner one's: settings that are assigned, too.
    kinesis: Object.assign(Object.create(inner) as Kinesis, own),
    flush,
    close() {
      cancel?.();
      for (const end of unsubscribe) end();
    },
  };
}

/** An ARN ends in the name. */
const nameOf = (stream: string) => stream.slice(stream.lastIndexOf("/") + 1);

function bucketOf(partitionKey: string, explicitHashKey: string | undefined): number {
  const hashKey =
    explicitHashKey === undefined
      ? hashPartitionKey(partitionKey)
      : parseExplicitHashKey("explicitHashKey", explicitHashKey);
  return Number.parseInt(hashKey.slice(0, 2), 16);
}
