/** Reading one shard, page after page, and knowing when it is worth reading again. */

import type { ShardReader } from "../../../../../src/mapping/shard.ts";
import type { GetRecordsResult, IteratorPosition, Kinesis } from "../../kinesis/types.ts";
import type { ShardPosition } from "./position.ts";

export interface PollerOptions {
  readonly kinesis: Kinesis;
  readonly stream: string;
  /** For enhanced fan-out: the consumer's ARN. */
  readonly consumerArn: string | undefined;
  readonly position: ShardPosition;
  /** Milliseconds between polls of a shard that is read to its tip. */
  readonly interval: number;
}

/** An iterator lives five minutes; an older one is not used any more. */
const iteratorLifetime = 240_000;
const firstPause = 200;
const longestPause = 1000;

export function createPoller(options: PollerOptions): ShardReader {
  const { kinesis, stream, consumerArn, position, interval } = options;
  const { clock } = kinesis;
  const { shardId } = position.shard;
  let iterator: { readonly token: string; readonly at: number } | undefined;
  let lastRead = position.checkpoint;
  let lastPoll = Number.NEGATIVE_INFINITY;
  let lastFound = Number.NEGATIVE_INFINITY;
  let due: number | undefined = clock.now();
  let ended = false;
  let pause = firstPause;

  function iteratorToken(now: number): string {
    if (iterator && now - iterator.at < iteratorLifetime) return iterator.token;
    const from: IteratorPosition =
      lastRead === undefined
        ? position.start
        : { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: lastRead };
    const token = kinesis.getShardIterator({ stream, shardId, ...from });
    iterator = { token, at: now };
    return token;
  }

  function read(now: number): GetRecordsResult | undefined {
    try {
      const shardIterator = iteratorToken(now);
      return consumerArn === undefined
        ? kinesis.getRecords({ shardIterator })
        : kinesis.readForConsumer({ consumer: consumerArn, shardIterator });
    } catch (error) {
      const { name } = error as Error;
      if (refusedForNow.has(name)) return undefined;
      // A consumer that is gone while its shard is not is a mistake, and not an end.
      if (name === "ResourceNotFoundException" && !isThere()) return gone;
      throw error;
    }
  }

  function isThere(): boolean {
    try {
      return kinesis.listShards({ stream }).some((shard) => shard.shardId === shardId);
    } catch {
      return false;
    }
  }

  function backOff(now: number): void {
    due = now + pause;
    pause = Math.min(longestPause, pause * 2);
  }

  return {
    get due() {
      return due;
    },
    get atTip() {
      return due === undefined;
    },
    get ended() {
      return ended;
    },
    get lastRead() {
      return lastRead;
    },
    poll() {
      const now = clock.now();
      const page = read(now);
      if (!page) {
        backOff(now);
        return [];
      }
      lastPoll = now;
      const { records, nextShardIterator, millisBehindLatest } = page;
      iterator =
        nextShardIterator === undefined ? undefined : { token: nextShardIterator, at: now };
      if (nextShardIterator === undefined) {
        ended = true;
        due = undefined;
      } else if (records.length > 0) {
        due = now;
        pause = firstPause;
      } else if (millisBehindLatest > 0 || (consumerArn !== undefined && now === lastFound)) {
        // A fan-out consumer that has used up its second's bytes gets nothing for a while.
        backOff(now);
      } else due = undefined;
      if (records.length > 0) {
        lastFound = now;
        lastRead = records.at(-1)!.sequenceNumber;
      }
      return records;
    },
    wake() {
      if (ended || due !== undefined) return;
      const now = clock.now();
      const passed = interval > 0 ? Math.ceil((now - lastPoll) / interval) : 0;
      due = interval > 0 ? lastPoll + Math.max(1, passed) * interval : now;
    },
  };
}

/** What a shard answers that left with its retention or with its stream. */
const gone: GetRecordsResult = {
  records: [],
  nextShardIterator: undefined,
  millisBehindLatest: 0,
};

const refusedForNow = new Set([
  "ProvisionedThroughputExceededException",
  "LimitExceededException",
  "ExpiredIteratorException",
  "ResourceInUseException",
]);
