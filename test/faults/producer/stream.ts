/** A stream that does what a bad day asks for. It keeps what every request has brought, shard by shard. */
import { effectiveHashKey } from "../../../src/kpl.ts";
import type { Clock } from "../../../src/time/clock.ts";
import { type Random, seededRandom } from "../../../src/time/random.ts";
import type { Rates } from "./scenario.ts";

export interface StoredRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Its place among all that ever arrived. */
  readonly arrival: number;
}

export interface FakeShard {
  readonly shardId: string;
  readonly start: bigint;
  readonly end: bigint;
  isOpen: boolean;
}

interface PutRecordsEntry {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
}

export interface FakeStream {
  /** What the producer gets as its client. */
  readonly client: { send(command: unknown): Promise<unknown> };
  readonly records: readonly StoredRecord[];
  readonly shards: readonly FakeShard[];
  /** Each request as it was sent. `isOver` turns true when the producer has its answer, or no longer waits for it. */
  readonly requests: readonly { readonly entries: readonly PutRecordsEntry[]; isOver: boolean }[];
  reshard(kind: "split" | "merge", which: number): void;
  /** In the middle of the next request. */
  reshardInRequest(kind: "split" | "merge", which: number): void;
  /** Nothing goes wrong any more. */
  heal(): void;
  faults: number;
}

export interface FakeStreamOptions {
  readonly shards: number;
  readonly seed: number;
  /** Time as the producer has it: a frozen one gets no answers. */
  readonly clock: Clock;
  /** Time as the world has it. */
  readonly worldClock: Clock;
  readonly rates: Rates;
  readonly latencyMs: number;
  readonly listLagMs: number;
  readonly mayList: boolean;
  readonly onRequest?: (entries: readonly PutRecordsEntry[]) => void;
}

const ring = 2n ** 128n;

export function fakeStream(options: FakeStreamOptions): FakeStream {
  const { clock, worldClock, latencyMs, listLagMs } = options;
  const random: Random = seededRandom(options.seed + 77);
  let rates: Rates = options.rates;
  const chance = (probability: number) => probability > 0 && random() < probability;
  const records: StoredRecord[] = [];
  const requests: { entries: readonly PutRecordsEntry[]; isOver: boolean }[] = [];
  let made = 0;
  const shards: FakeShard[] = [];
  const add = (start: bigint, end: bigint) =>
    shards.push({
      shardId: `shardId-${String(made++).padStart(12, "0")}`,
      ...{ start, end, isOpen: true },
    });
  for (let n = 0n; n < BigInt(options.shards); n++) {
    const width = ring / BigInt(options.shards);
    add(n * width, n + 1n === BigInt(options.shards) ? ring - 1n : (n + 1n) * width - 1n);
  }
  const open = () =>
    shards.filter(({ isOpen }) => isOpen).sort((a, b) => (a.start < b.start ? -1 : 1));
  let listed = { shards: open(), until: Number.NEGATIVE_INFINITY };
  let sequence = 0n;
  let inRequest: (() => void) | undefined;
  const stream: FakeStream = {
    ...{ records, shards, requests, faults: 0 },
    client: {
      send: (command) => {
        const { input } = command as { input: Record<string, unknown> };
        if (!("Records" in input)) return listShards();
        const entries = input.Records as PutRecordsEntry[];
        options.onRequest?.(entries);
        const request = { entries, isOver: false };
        requests.push(request);
        return putRecords(entries).finally(() => {
          request.isOver = true;
        });
      },
    },
    reshard,
    reshardInRequest(kind, which) {
      inRequest = () => reshard(kind, which);
    },
    heal() {
      rates = {
        ...{ lostReply: 0, lostRequest: 0, zombie: 0, refused: 0 },
        ...{ throttled: 0, internal: 0, listFails: 0 },
      };
    },
  };

  function reshard(kind: "split" | "merge", which: number): void {
    const before = open();
    const one = before[which % before.length]!;
    if (kind === "split") {
      if (one.end - one.start < 4n) return;
      const middle = (one.start + one.end) / 2n;
      one.isOpen = false;
      add(one.start, middle);
      add(middle + 1n, one.end);
    } else {
      const other = before[(which % before.length) + 1];
      if (!other) return;
      one.isOpen = false;
      other.isOpen = false;
      add(one.start, other.end);
    }
    stream.faults++;
    if (worldClock.now() >= listed.until) {
      listed = { shards: before, until: worldClock.now() + listLagMs };
    }
  }

  const after = (ms: number) =>
    new Promise<void>((resolve) => {
      clock.after(ms, resolve);
    });
  const failing = (name: string, message: string, answered: boolean) =>
    Object.assign(new Error(message), {
      name,
      ...(answered ? { $fault: "client", $metadata: { httpStatusCode: 400 } } : {}),
    });

  async function listShards(): Promise<unknown> {
    await after(latencyMs);
    if (!options.mayList) throw failing("AccessDeniedException", "not allowed", true);
    if (chance(rates.listFails)) throw failing("LimitExceededException", "Rate exceeded", true);
    const known = worldClock.now() < listed.until ? listed.shards : open();
    return {
      Shards: known.map(({ shardId, start, end }) => ({
        ShardId: shardId,
        HashKeyRange: { StartingHashKey: String(start), EndingHashKey: String(end) },
        SequenceNumberRange: { StartingSequenceNumber: "1" },
      })),
    };
  }

  async function putRecords(entries: readonly PutRecordsEntry[]): Promise<unknown> {
    await after(Math.ceil(latencyMs * random()));
    if (chance(rates.refused)) {
      stream.faults++;
      throw chance(0.5)
        ? failing("LimitExceededException", "Rate exceeded", true)
        : failing("InternalFailure", "503", false);
    }
    if (chance(rates.lostRequest)) {
      stream.faults++;
      if (chance(0.5)) throw failing("ECONNRESET", "socket hang up", false);
      return new Promise(() => {});
    }
    if (chance(rates.zombie)) {
      stream.faults++;
      worldClock.after(2_000 + random() * 20_000, () => take(entries));
      return new Promise(() => {});
    }
    const answer = take(entries);
    if (chance(rates.lostReply)) {
      stream.faults++;
      if (chance(0.5)) throw failing("TimeoutError", "socket hang up", false);
      return new Promise(() => {});
    }
    await after(Math.ceil(latencyMs * random()));
    return answer;
  }

  function take(entries: readonly PutRecordsEntry[]) {
    const middle = Math.floor(random() * (entries.length + 1));
    const reshardNow = inRequest;
    inRequest = undefined;
    const Records = entries.map((entry, place) => {
      if (place === middle) reshardNow?.();
      return takeOne(entry);
    });
    if (middle >= entries.length) reshardNow?.();
    return { FailedRecordCount: Records.filter((one) => "ErrorCode" in one).length, Records };
  }

  function takeOne({ Data, PartitionKey, ExplicitHashKey }: PutRecordsEntry) {
    if (chance(rates.throttled)) {
      stream.faults++;
      const ErrorCode = "ProvisionedThroughputExceededException";
      return { ErrorCode, ErrorMessage: "Rate exceeded for shard" };
    }
    const isLost = chance(rates.internal);
    if (isLost) stream.faults++;
    // An internal failure may have written it.
    const answer = { ErrorCode: "InternalFailure", ErrorMessage: "Internal Service Failure" };
    if (isLost && chance(0.5)) return answer;
    const hashKey = effectiveHashKey({
      partitionKey: PartitionKey,
      ...(ExplicitHashKey === undefined ? {} : { explicitHashKey: ExplicitHashKey }),
    });
    const { shardId } = open().find(({ start, end }) => start <= hashKey && hashKey <= end)!;
    const sequenceNumber = String(++sequence);
    records.push({
      ...{ shardId, sequenceNumber, partitionKey: PartitionKey, data: Uint8Array.from(Data) },
      arrival: records.length,
    });
    return isLost ? answer : { ShardId: shardId, SequenceNumber: sequenceNumber };
  }

  return stream;
}
