/** Reading a shard by SubscribeToShard: Kinesis pushes what comes, for five minutes at a time. */
import { type Consumer, consumerOf } from "./consumer.ts";
import { isGone } from "./gone.ts";
import { inHand } from "./in-hand.ts";
import { type ReaderOptions, type Retrieval, readFrom, type WorkerReader } from "./reader.ts";
import { rest } from "./rest.ts";
import type { Pushed, ReadFrom } from "./stream.ts";

/** What `fanOut` takes. */
export interface FanOutOptions {
  /**
   * The stream's consumer: the one of that name, or a new one. One application, one name: a shard has one subscription for each
   * consumer. @default the application's name
   */
  readonly consumerName?: string;
}

/**
 * Reads shards by enhanced fan-out: 2 MB a second and shard for this application alone, and records some 70 ms after they were put
 * instead of within a second. AWS takes money for each consumer's shard and hour and for what it reads. The consumer stays
 * registered when the workers end: `aws kinesis deregister-stream-consumer` removes it. Needs the client's HTTP/2, which is its default.
 *
 * @example
 * runWorker(handler, { application: "billing", stream: "orders", retrieval: fanOut() });
 */
export function fanOut({ consumerName }: FanOutOptions = {}): Retrieval {
  return {
    kind: "fanOut",
    async prepare({ stream, application, clock }) {
      const consumer = consumerOf(stream, consumerName ?? application, clock);
      await consumer.arn();
      return (options) => fanOutReader(options, consumer);
    },
  };
}

/** A shard and consumer allow a call a second, and a new subscription five seconds after the last one. */
const shortestPause = 1000;
const longestPause = 5000;
/** So often another subscription may be in the way before it is worth a word. */
const usuallyBusy = 6;
/** Kinesis sends something each five seconds. KCL gives up what has been silent for so long. */
const silence = 60_000;
/** How often a shard without room looks whether it has some. */
const roomPause = 200;

function fanOutReader(options: ReaderOptions, consumer: Consumer): WorkerReader {
  const { stream, shardId, checkpoint, timestamp, clock, onTrouble } = options;
  const hand = inHand(options);
  const life = rest(clock);
  let from: ReadFrom = readFrom(checkpoint, timestamp);
  let pause = shortestPause;
  let busy = 0;

  function take({ records, continuation, children, millisBehindLatest }: Pushed): void {
    pause = shortestPause;
    busy = 0;
    if (continuation === undefined && children.length === 0) {
      throw new Error(`The subscription to ${shardId} ended the shard and named no children.`);
    }
    hand.take(records, millisBehindLatest);
    if (continuation === undefined) hand.end(children);
    else from = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: continuation };
  }

  /** One subscription, from its beginning to its end. What is not asked for is not sent either: that bounds the memory. */
  async function follow(consumerArn: string): Promise<void> {
    const began = clock.now();
    const subscription = await stream.subscribe(consumerArn, shardId, from);
    // The tip of later is not the tip of now.
    if (from.type === "LATEST") from = { type: "AT_TIMESTAMP", timestamp: began };
    try {
      while (!life.isOver && !hand.ended) {
        if (!hand.hasRoom()) {
          await life.sleep(roomPause);
          continue;
        }
        const next = subscription.next();
        // Given up, it may still fail.
        next.catch(() => {});
        const pushed = await life.within(silence, next);
        if (life.isOver) return;
        if (!pushed) {
          throw new Error(
            `The subscription to ${shardId} has been silent for ${silence / 1000} s; a new one begins.`,
          );
        }
        if (pushed.value === undefined) return;
        take(pushed.value);
      }
    } finally {
      subscription.close();
    }
  }

  async function afterFailure(error: unknown, consumerArn: string | undefined): Promise<void> {
    const { name } = error as Error;
    hand.failed(error);
    if (name === "ResourceNotFoundException") {
      if (await isGone(stream, shardId)) {
        if (!life.isOver) hand.end([]);
        return;
      }
      // A consumer may go alone.
      if (consumerArn !== undefined) consumer.forget(consumerArn);
    }
    const isInTheWay = name === "ResourceInUseException";
    if (!isInTheWay || ++busy > usuallyBusy) onTrouble(error);
    await life.sleep(isInTheWay ? shortestPause : pause);
    pause = Math.min(longestPause, pause * 2);
  }

  async function keepReading(): Promise<void> {
    while (!life.isOver && !hand.ended) {
      const began = clock.now();
      let consumerArn: string | undefined;
      try {
        consumerArn = await consumer.arn();
        if (life.isOver) return;
        await follow(consumerArn);
        const passed = clock.now() - began;
        if (!hand.ended && passed < shortestPause) await life.sleep(shortestPause);
      } catch (error) {
        if (!life.isOver) await afterFailure(error, consumerArn);
      }
    }
  }

  keepReading().catch(options.onFault);
  return hand.reader(life.end);
}
