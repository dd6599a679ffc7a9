/**
 * Subscriptions of fan-out consumers to shards: one per consumer and shard, for 5 minutes. A new
 * one ends the old one, but not within 5 seconds of its beginning.
 */
import { resourceInUse } from "../error.ts";
import type { ConsumerReadResult, Kinesis } from "../types.ts";
import { nameOfConsumer, nameOfStream } from "./reference.ts";

const life = 300_000;
const exclusive = 5_000;
/** An event comes at least so often, if only to say how far the subscription is. */
const heartbeat = 5_000;
/** How long to wait for the bytes of the next second. */
const throttled = 100;

/** A consumer, a shard and where to begin in it. */
export interface Subscription {
  readonly stream: string;
  readonly shardId: string;
  /** The consumer's ARN. */
  readonly consumer: string;
  readonly shardIterator: string;
}

export interface Subscriptions {
  /** Begins a subscription, or throws ResourceInUseException. */
  begin(subscription: Subscription): { reads: AsyncIterable<ConsumerReadResult>; end(): void };
}

interface Active {
  readonly begunAt: number;
  end(): void;
}

export function subscriptions(kinesis: Kinesis): Subscriptions {
  const { clock } = kinesis;
  const active = new Map<string, Active>();
  return {
    begin(subscription) {
      const { consumer, shardId, stream } = subscription;
      const key = `${consumer} ${shardId}`;
      const begunAt = clock.now();
      const before = active.get(key);
      if (before && begunAt - before.begunAt < exclusive) {
        throw resourceInUse(
          `Another active subscription exists for this consumer: ${kinesis.accountId}:${nameOfStream(stream)}:${shardId}:${nameOfConsumer(consumer)}`,
        );
      }
      before?.end();
      const ended = new AbortController();
      const end = () => ended.abort();
      const current = { begunAt, end };
      active.set(key, current);
      // By then it is over, and in nobody's way any more.
      clock.after(life, () => {
        end();
        if (active.get(key) === current) active.delete(key);
      });
      return { reads: follow(kinesis, subscription, ended.signal), end };
    },
  };
}

async function* follow(
  kinesis: Kinesis,
  { stream, shardId, consumer, shardIterator }: Subscription,
  ended: AbortSignal,
): AsyncGenerator<ConsumerReadResult> {
  const { clock } = kinesis;
  const changes = changesOf(kinesis, stream, shardId, ended);
  let sentAt = clock.now();
  let at: string | undefined = shardIterator;
  try {
    while (at !== undefined && !ended.aborted) {
      const read = kinesis.readForConsumer({ consumer, shardIterator: at });
      at = read.nextShardIterator;
      const news = read.records.length > 0 || at === undefined;
      if (news || clock.now() - sentAt >= heartbeat) {
        sentAt = clock.now();
        yield read;
      }
      if (news) continue;
      // Where the second's bytes are spent there are records left, and none comes to wake this.
      const left = sentAt + heartbeat - clock.now();
      await changes.wait(read.millisBehindLatest > 0 ? Math.min(throttled, left) : left);
    }
  } finally {
    changes.stop();
  }
}

/** Waits until the shard changes, the subscription ends or a time has passed. */
function changesOf(
  { clock, onChange }: Kinesis,
  stream: string,
  shardId: string,
  ended: AbortSignal,
) {
  let changed = false;
  let wake = () => {};
  const awaken = () => {
    changed = true;
    wake();
  };
  const stop = onChange(stream, (id) => {
    if (id === shardId) awaken();
  });
  ended.addEventListener("abort", awaken);
  return {
    stop,
    async wait(ms: number) {
      if (!changed) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(ms, resolve);
          wake = () => {
            cancel();
            resolve();
          };
        });
      }
      changed = false;
    },
  };
}
