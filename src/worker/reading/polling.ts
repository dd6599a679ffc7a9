/** Reading a shard by GetRecords: pages come in the background, and wait until the mapping takes them. */
import { checkNumber } from "../../values/number-option.ts";
import { isGone } from "./gone.ts";
import { inHand } from "./in-hand.ts";
import { type ReaderOptions, type Retrieval, readFrom, type WorkerReader } from "./reader.ts";
import { rest } from "./rest.ts";
import type { ChildShard, Page, ReadFrom } from "./stream.ts";

/** What `polling` takes. */
export interface PollingOptions {
  /** Milliseconds between two reads of a shard that has nothing new. 200 or more: a shard allows five a second. @default 1000 */
  readonly idleMs?: number;
  /** Most records of a read. 1 to 10,000. @default 10000 */
  readonly maxRecords?: number;
}

/**
 * Reads shards with GetRecords: once a second, and faster while behind. All consumers of a stream that read so share
 * its 2 MB and five reads a second and shard.
 */
export function polling({ idleMs = 1000, maxRecords = 10_000 }: PollingOptions = {}): Retrieval {
  checkNumber("polling: idleMs", idleMs, { least: 200 });
  checkNumber("polling: maxRecords", maxRecords, { least: 1, most: 10_000, isWhole: true });
  return {
    kind: "polling",
    prepare: async () => (options) => pollingReader(options, { idleMs, maxRecords }),
  };
}

/** A shard allows five reads a second. */
const shortestPause = 200;
const longestPause = 5000;
/** An iterator lives five minutes; an older one is not used any more. */
const iteratorLifetime = 240_000;

/** What is left of a closed shard behind its last record. */
const nothing: Page = { records: [], next: undefined, children: [], millisBehindLatest: 0 };

function pollingReader(
  options: ReaderOptions,
  { idleMs, maxRecords }: Required<PollingOptions>,
): WorkerReader {
  const { stream, shardId, checkpoint, timestamp, clock, onTrouble } = options;
  const hand = inHand(options);
  const life = rest(clock);
  let from: ReadFrom = readFrom(checkpoint, timestamp);
  let iterator: { readonly token: string; readonly at: number } | undefined;
  let pause = shortestPause;

  async function fetch(): Promise<Page> {
    const now = clock.now();
    if (!iterator || now - iterator.at > iteratorLifetime) {
      const token = await stream.iterator(shardId, from);
      if (token === undefined) return await atEnd(nothing);
      iterator = { token, at: now };
      // The tip of later is not the tip of now.
      if (from.type === "LATEST") from = { type: "AT_TIMESTAMP", timestamp: now };
    }
    const page = await stream.read(iterator.token, maxRecords);
    iterator = page.next === undefined ? undefined : { token: page.next, at: clock.now() };
    return page.next === undefined ? await atEnd(page) : page;
  }

  const atEnd = async (page: Page): Promise<Page> => ({
    ...page,
    children: await childrenOf(page),
  });

  /** A page without a next one is the shard's end, and names children. Where none are named, as some local servers do it, the listing says whether it is one. */
  async function childrenOf({ children }: Page): Promise<readonly ChildShard[]> {
    if (children.length > 0) return children;
    const shards = await stream.listShards();
    if (shards.some((shard) => shard.shardId === shardId && shard.isOpen)) {
      throw new Error(
        `A read of ${shardId} said that it has ended, but it is open. It is read on.`,
      );
    }
    return shards.filter(({ parents }) => parents.includes(shardId));
  }

  /** How long to wait after a failure, or undefined where there is nothing left to read. */
  async function afterFailure(error: unknown): Promise<number | undefined> {
    const { name } = error as Error;
    hand.failed(error);
    if (name === "ResourceNotFoundException" && (await isGone(stream, shardId))) return undefined;
    if (name === "ExpiredIteratorException") {
      iterator = undefined;
      return shortestPause;
    }
    if (name !== "ProvisionedThroughputExceededException") onTrouble(error);
    pause = Math.min(longestPause, pause * 2);
    return pause;
  }

  async function keepReading(): Promise<void> {
    while (!life.isOver && !hand.ended) {
      if (!hand.hasRoom()) {
        await life.sleep(shortestPause);
        continue;
      }
      let page: Page;
      try {
        page = await fetch();
      } catch (error) {
        if (life.isOver) return;
        const wait = await afterFailure(error);
        if (life.isOver) return;
        if (wait === undefined) hand.end([]);
        else await life.sleep(wait);
        continue;
      }
      if (life.isOver) return;
      pause = shortestPause;
      const last = page.records.at(-1);
      if (last) from = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last.sequenceNumber };
      hand.take(page.records, page.millisBehindLatest);
      if (page.next === undefined) hand.end(page.children);
      const isBehind = page.records.length > 0 || page.millisBehindLatest > 0;
      if (!hand.ended) await life.sleep(isBehind ? shortestPause : idleMs);
    }
  }

  keepReading().catch(options.onFault);
  return hand.reader(life.end);
}
