/** What has been read of a shard and is not done: pages wait until the mapping takes them, and their bytes count until they are done. */
import type { DeliveredRecord } from "../../record/lambda-event.ts";
import { compareSequenceNumbers } from "../../record/position.ts";
import { isNumber } from "../leases/lease.ts";
import { aggregates, restOf } from "./aggregates.ts";
import type { ReaderOptions, WorkerReader } from "./reader.ts";
import type { ChildShard } from "./stream.ts";

/** Of so many records the arrival of the first is remembered. */
const markedTogether = 100;
/** GetRecords and GetShardIterator, SubscribeToShard, and what a client or a proxy calls it. */
const throttle = /Throughput|LimitExceeded|Throttl/;

export interface InHand {
  /** May more be read? A shard that has nothing may always read on. */
  hasRoom(): boolean;
  /** Takes what was read, after which the shard has records as young as this. */
  take(records: readonly DeliveredRecord[], millisBehindLatest: number): void;
  /** A read has failed. */
  failed(error: unknown): void;
  /** The shard has been read to its end, or is gone. */
  end(children: readonly ChildShard[]): void;
  readonly ended: boolean;
  /** What the mapping sees of it; `stop` ends whatever reads. */
  reader(stop: () => void): WorkerReader;
}

export function inHand({
  checkpoint,
  clock,
  budget,
  onNews,
  onThrottled,
}: Pick<ReaderOptions, "checkpoint" | "clock" | "budget" | "onNews" | "onThrottled">): InHand {
  const pages: DeliveredRecord[][] = [];
  /** Read and not done, the oldest first. */
  const open: { readonly last: string; readonly bytes: number }[] = [];
  /** When the records arrived that are not done, the oldest first. */
  const marks: { readonly last: string; readonly arrival: number }[] = [];
  const known = aggregates();
  let answer: { readonly at: number; readonly behind: number } | undefined;
  let isFailing = false;
  let children: readonly ChildShard[] = [];
  let lastRead: string | undefined;
  let bytesRead = 0;
  let ended = false;
  /** The mapping has seen that it is the end. */
  let endSeen = false;

  /** What is new: reading begins at the record of the checkpoint, of which nothing may be left. */
  function fresh(records: readonly DeliveredRecord[]): DeliveredRecord[] {
    if (!isNumber(checkpoint)) return [...records];
    return records.flatMap((record) => {
      const order = compareSequenceNumbers(record.sequenceNumber, checkpoint.sequenceNumber);
      if (order !== 0) return order > 0 ? [record] : [];
      return restOf(record, checkpoint) ?? [];
    });
  }

  /** By what is not done; with nothing in hand, by the last answer. That the shard has nothing new is true until reads fail. */
  function millisBehindLatest(): number | undefined {
    const now = clock.now();
    if (marks[0]) return Math.max(0, now - marks[0].arrival);
    if (!answer) return undefined;
    return answer.behind > 0 || isFailing ? answer.behind + Math.max(0, now - answer.at) : 0;
  }

  return {
    hasRoom: () => open.length === 0 || budget.hasRoom(),
    take(read, behind) {
      answer = { at: clock.now(), behind };
      isFailing = false;
      const records = fresh(read);
      if (records.length === 0) return;
      let bytes = 0;
      for (const record of read) known.add(record);
      for (const record of records) bytes += record.data.length;
      bytesRead += bytes;
      budget.take(bytes);
      open.push({ last: records.at(-1)!.sequenceNumber, bytes });
      for (let at = 0; at < records.length; at += markedTogether) {
        const last = records[Math.min(at + markedTogether, records.length) - 1]!;
        const { approximateArrivalTimestamp: arrival } = records[at]!;
        marks.push({ last: last.sequenceNumber, arrival });
      }
      pages.push(records);
      onNews();
    },
    failed(error) {
      isFailing = true;
      if (throttle.test((error as Error).name)) onThrottled();
    },
    end(followers) {
      ended = true;
      children = followers;
      onNews();
    },
    get ended() {
      return ended;
    },
    reader: (stop) => ({
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
      get bytesRead() {
        return bytesRead;
      },
      get millisBehindLatest() {
        return millisBehindLatest();
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
        while (marks[0] && compareSequenceNumbers(marks[0].last, sequenceNumber) <= 0)
          marks.shift();
        return known.doneUpTo(sequenceNumber);
      },
      stop() {
        stop();
        for (const { bytes } of open.splice(0)) budget.giveBack(bytes);
        pages.length = marks.length = 0;
      },
    }),
  };
}
