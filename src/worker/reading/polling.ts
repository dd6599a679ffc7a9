/** Reading a shard by GetRecords: pages come in the background, and wait until the mapping takes them. */
import type { DeliveredRecord } from "../../record/lambda-event.ts";
import { compareSequenceNumbers } from "../../record/position.ts";
import { checkNumber } from "../../values/number-option.ts";
import { isNumber } from "../leases/lease.ts";
import { aggregates, restOf } from "./aggregates.ts";
import { type ReaderOptions, type Retrieval, readFrom, type WorkerReader } from "./reader.ts";
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
  return { kind: "polling", open: (options) => pollingReader(options, { idleMs, maxRecords }) };
}

/** A shard allows five reads a second. */
const shortestPause = 200;
const longestPause = 5000;
/** An iterator lives five minutes; an older one is not used any more. */
const iteratorLifetime = 240_000;

function pollingReader(
  options: ReaderOptions,
  { idleMs, maxRecords }: Required<PollingOptions>,
): WorkerReader {
  const { stream, shardId, checkpoint, timestamp, clock, budget, onNews, onTrouble } = options;
  const pages: DeliveredRecord[][] = [];
  /** Read and not done, the oldest first. */
  const open: { readonly last: string; readonly bytes: number }[] = [];
  const known = aggregates();
  let from: ReadFrom = readFrom(checkpoint, timestamp);
  let iterator: { readonly token: string; readonly at: number } | undefined;
  let children: readonly ChildShard[] = [];
  let lastRead: string | undefined;
  let ended = false;
  /** The mapping has seen that it is the end. */
  let endSeen = false;
  let stopped = false;
  let pause = shortestPause;
  let wakeUp = () => {};

  async function fetch(): Promise<Page> {
    const now = clock.now();
    if (!iterator || now - iterator.at > iteratorLifetime) {
      iterator = { token: await stream.iterator(shardId, from), at: now };
      // The tip of later is not the tip of now.
      if (from.type === "LATEST") from = { type: "AT_TIMESTAMP", timestamp: now };
    }
    const page = await stream.read(iterator.token, maxRecords);
    iterator = page.next === undefined ? undefined : { token: page.next, at: clock.now() };
    return page;
  }

  /** What is new in a page: reading begins at the record of the checkpoint, of which nothing may be left. */
  function fresh(records: readonly DeliveredRecord[]): DeliveredRecord[] {
    if (!isNumber(checkpoint)) return [...records];
    return records.flatMap((record) => {
      const order = compareSequenceNumbers(record.sequenceNumber, checkpoint.sequenceNumber);
      if (order !== 0) return order > 0 ? [record] : [];
      return restOf(record, checkpoint) ?? [];
    });
  }

  function take(page: Page): void {
    const records = fresh(page.records);
    const last = page.records.at(-1);
    if (last) from = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last.sequenceNumber };
    if (records.length > 0) {
      let bytes = 0;
      for (const record of page.records) known.add(record);
      for (const record of records) bytes += record.data.length;
      budget.take(bytes);
      open.push({ last: records.at(-1)!.sequenceNumber, bytes });
      pages.push(records);
    }
    if (page.next === undefined) {
      ended = true;
      children = page.children;
    }
  }

  /** How long to wait after a failure, or undefined where there is nothing left to read. */
  function afterFailure(error: unknown): number | undefined {
    const { name } = error as Error;
    if (name === "ResourceNotFoundException") return undefined;
    if (name === "ExpiredIteratorException") {
      iterator = undefined;
      return shortestPause;
    }
    if (name !== "ProvisionedThroughputExceededException") onTrouble(error);
    pause = Math.min(longestPause, pause * 2);
    return pause;
  }

  async function keepReading(): Promise<void> {
    while (!stopped && !ended) {
      if (open.length > 0 && !budget.hasRoom()) {
        await sleep(shortestPause);
        continue;
      }
      let page: Page;
      try {
        page = await fetch();
      } catch (error) {
        if (stopped) return;
        const wait = afterFailure(error);
        if (wait === undefined) ended = true;
        else await sleep(wait);
        if (ended) onNews();
        continue;
      }
      if (stopped) return;
      pause = shortestPause;
      take(page);
      onNews();
      const isBehind = page.records.length > 0 || page.millisBehindLatest > 0;
      if (!ended) await sleep(isBehind ? shortestPause : idleMs);
    }
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }

  void keepReading();

  return {
    get due() {
      return pages.length > 0 || (ended && !endSeen) ? clock.now() : undefined;
    },
    get atTip() {
      return pages.length === 0;
    },
    get ended() {
      return ended && pages.length === 0;
    },
    get lastRead() {
      return lastRead;
    },
    get children() {
      return children;
    },
    poll() {
      const page = pages.shift();
      if (!page) endSeen = ended;
      lastRead = page?.at(-1)?.sequenceNumber ?? lastRead;
      return page ?? [];
    },
    wake() {},
    doneUpTo(sequenceNumber) {
      while (open[0] && compareSequenceNumbers(open[0].last, sequenceNumber) <= 0) {
        budget.giveBack(open.shift()!.bytes);
      }
      return known.doneUpTo(sequenceNumber);
    },
    stop() {
      stopped = true;
      wakeUp();
      for (const { bytes } of open.splice(0)) budget.giveBack(bytes);
      pages.length = 0;
    },
  };
}
