/** What became of every record, kept apart from the mapping so that it can contradict it. */
import type { FailureDocument } from "../../../packages/local/src/lambda/mapping/index.ts";
import type { KinesisEvent } from "../../../src/record/lambda-event.ts";

interface Entry {
  readonly id: number;
  readonly key: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** Accepted by the function, given up with a document, or of no concern to the mapping. */
  settled: boolean;
  delivered: boolean;
}

export interface Ledger {
  readonly violations: string[];
  readonly size: number;
  put(entry: Omit<Entry, "settled" | "delivered">, ofNoConcern: boolean): void;
  /** An invocation begins. */
  delivered(event: KinesisEvent, requestId: string): void;
  /** The first `count` records of an event have been accepted. */
  accepted(event: KinesisEvent, count: number): void;
  documented(document: FailureDocument): void;
  checkpoints(positions: Readonly<Record<string, string | undefined>>): void;
  /** All is delivered: whatever is not settled is lost. */
  end(): void;
}

export interface LedgerRules {
  /** Records of a shard come in order; if not, those of a partition key do. */
  readonly shardOrder: boolean;
  /** Attempts of one request that count; undefined: without end. */
  readonly mostAttempts: number | undefined;
  /** Many records share a sequence number, and are told apart by the id in their data. */
  readonly idOf: (data: string) => number;
}

export function ledger({ shardOrder, mostAttempts, idOf }: LedgerRules): Ledger & {
  attempted(requestId: string): void;
} {
  const entries = new Map<number, Entry>();
  const byShard = new Map<string, Entry[]>();
  const byKey = new Map<string, Entry[]>();
  /** How many entries from the front of a list are known to be settled. */
  const settledFront = new WeakMap<Entry[], number>();
  const requests = new Map<string, { readonly records: string; attempts: number }>();
  const reached = new Map<string, bigint>();
  const violations: string[] = [];

  const listOf = (lists: Map<string, Entry[]>, name: string) => {
    const list = lists.get(name) ?? [];
    lists.set(name, list);
    return list;
  };

  const entriesOf = ({ Records }: KinesisEvent) =>
    Records.map(({ kinesis }) => entries.get(idOf(kinesis.data))).filter(
      (entry) => entry !== undefined,
    );

  /** The first entry of the list that is not settled. */
  function firstUnsettled(list: Entry[]): Entry | undefined {
    let front = settledFront.get(list) ?? 0;
    while (front < list.length && list[front]!.settled) front++;
    settledFront.set(list, front);
    return list[front];
  }

  return {
    violations,
    get size() {
      return entries.size;
    },
    put(entry, ofNoConcern) {
      const kept = { ...entry, settled: ofNoConcern, delivered: false };
      entries.set(entry.id, kept);
      listOf(byShard, entry.shardId).push(kept);
      listOf(byKey, entry.key).push(kept);
    },
    delivered(event, requestId) {
      const ids = event.Records.map(({ kinesis }) => idOf(kinesis.data));
      const records = ids.join();
      const request = requests.get(requestId);
      if (request && request.records !== records) {
        violations.push(`request ${requestId} had ${request.records}, and now has ${records}`);
      }
      if (!request) requests.set(requestId, { records, attempts: 0 });
      const inThisEvent = new Set<Entry>();
      for (const entry of entriesOf(event)) {
        const list = shardOrder ? listOf(byShard, entry.shardId) : listOf(byKey, entry.key);
        if (!entry.delivered) {
          // Everything before it is settled, or stands before it in the same event.
          const from = list.indexOf(firstUnsettled(list) ?? entry);
          const early = list
            .slice(from, list.indexOf(entry))
            .find((other) => !other.settled && !inThisEvent.has(other));
          if (early) violations.push(`record ${entry.id} was delivered before ${early.id}`);
        }
        inThisEvent.add(entry);
        entry.delivered = true;
      }
    },
    attempted(requestId) {
      const request = requests.get(requestId)!;
      request.attempts++;
      if (mostAttempts !== undefined && request.attempts > mostAttempts) {
        violations.push(`request ${requestId} had ${request.attempts} attempts of ${mostAttempts}`);
      }
    },
    accepted(event, count) {
      for (const entry of entriesOf(event).slice(0, count)) entry.settled = true;
    },
    documented({ KinesisBatchInfo: info, requestContext }) {
      if (info.batchSize === undefined) return;
      const [start, end] = [BigInt(info.startSequenceNumber!), BigInt(info.endSequenceNumber!)];
      const within = listOf(byShard, info.shardId).filter(({ sequenceNumber }) => {
        const number = BigInt(sequenceNumber);
        return number >= start && number <= end;
      });
      if (within.length < info.batchSize) {
        violations.push(
          `document ${requestContext.requestId} speaks of more records than there are`,
        );
      }
      // In a lane the range also spans records of other lanes: those that its request had are meant.
      const ids = requests.get(requestContext.requestId)?.records.split(",").map(Number);
      const meant = ids ? within.filter(({ id }) => ids.includes(id)) : within;
      for (const entry of meant) entry.settled = true;
    },
    checkpoints(positions) {
      for (const [shardId, checkpoint] of Object.entries(positions)) {
        if (checkpoint === undefined) continue;
        const number = BigInt(checkpoint);
        const before = reached.get(shardId) ?? 0n;
        if (number < before) violations.push(`the checkpoint of ${shardId} went back`);
        reached.set(shardId, number);
        const open = firstUnsettled(listOf(byShard, shardId));
        if (open && BigInt(open.sequenceNumber) <= number) {
          violations.push(`the checkpoint of ${shardId} passed record ${open.id}`);
        }
      }
    },
    end() {
      const lost = [...entries.values()].filter(({ settled }) => !settled);
      if (lost.length > 0) {
        violations.push(`lost: ${lost.map(({ id, shardId }) => `${id} (${shardId})`).join(", ")}`);
      }
    },
  };
}
