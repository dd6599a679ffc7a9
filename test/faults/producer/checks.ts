/** What must hold of a day, for whoever reads the stream. */
import { deaggregate, effectiveHashKey } from "../../../src/kpl.ts";
import { dayBegins, type Scenario } from "./scenario.ts";
import type { FakeStream, StoredRecord } from "./stream.ts";
import type { Fate } from "./world.ts";

interface Day {
  readonly scenario: Scenario;
  readonly fates: readonly Fate[];
  readonly stream: FakeStream;
  readonly violate: (rule: string, what: string) => void;
}

/** A user record as a reader gets it. */
interface Seen {
  readonly id: number;
  readonly key: string;
  readonly stored: StoredRecord;
  readonly subSequenceNumber: number | undefined;
}

/** What a reader leaves out of an aggregate: nothing, records of other shards, or all of it if it has one. */
type Reader = "keeps everything" | "drops records" | "drops aggregates";

export function checkDay(day: Day): void {
  const { scenario, fates, violate } = day;
  const readers: Reader[] = ["keeps everything", "drops records", "drops aggregates"];
  for (const reader of readers) {
    const seen = read(day, reader);
    checkLost(day, reader, seen);
    if (scenario.options.order === "partitionKey") checkOrder(day, reader, seen);
  }
  checkResults(day, read(day, "keeps everything"));
  checkGivenUp(day);
  checkTtl(day);
  for (const fate of fates) {
    if (fate.settledAt === undefined) violate("settles", `${fate.id} was never settled`);
  }
}

function read({ stream }: Day, reader: Reader): Seen[] {
  const ranges = new Map(stream.shards.map((shard) => [shard.shardId, shard]));
  return stream.records.flatMap((stored): Seen[] => {
    const inner = deaggregate(stored.data);
    if (!inner) {
      return [
        { ...idOf(stored.data), key: stored.partitionKey, stored, subSequenceNumber: undefined },
      ];
    }
    const { start, end } = ranges.get(stored.shardId)!;
    const isForeign = inner.map((one) => {
      const hashKey = effectiveHashKey(one);
      return hashKey < start || hashKey > end;
    });
    if (reader === "drops aggregates" && isForeign.includes(true)) return [];
    return inner
      .map((one, place) => ({
        ...{ ...idOf(one.data), key: one.partitionKey, stored, subSequenceNumber: place },
      }))
      .filter((_, place) => reader === "keeps everything" || !isForeign[place]);
  });
}

const idOf = (data: Uint8Array) => ({ id: Number(Buffer.from(data).toString().split(" ")[0]) });

/** What was reported as put is there for every reader. */
function checkLost({ fates, violate }: Day, reader: Reader, seen: readonly Seen[]): void {
  const ids = new Set(seen.map(({ id }) => id));
  for (const { id, result } of fates) {
    if (result && !ids.has(id))
      violate("no-loss", `${id} was put, and who ${reader} does not see it`);
  }
}

/** The first copies of a key's records arrive in the order of `put`. */
function checkOrder({ fates, violate }: Day, reader: Reader, seen: readonly Seen[]): void {
  const first = new Map<number, Seen>();
  for (const one of seen) if (!first.has(one.id)) first.set(one.id, one);
  const last = new Map<string, Fate>();
  const arrivals = new Map<string, number>();
  for (const fate of fates) {
    // Of a record that was given up nobody knows when it arrives, if it does.
    if (!fate.result) continue;
    const { key } = fate.planned;
    const arrival = first.get(fate.id);
    if (!arrival) continue;
    const place = arrival.stored.arrival + (arrival.subSequenceNumber ?? 0) / 2 ** 20;
    if (place < (arrivals.get(key) ?? -1)) {
      violate("order", `${key}: ${fate.id} before ${last.get(key)!.id}, for who ${reader}`);
    }
    arrivals.set(key, place);
    last.set(key, fate);
  }
}

/** Each answer says where the record is, and by how many requests it came there. */
function checkResults({ fates, violate }: Day, seen: readonly Seen[]): void {
  const places = new Map(
    seen.map(({ id, stored: { shardId, sequenceNumber }, subSequenceNumber }) => [
      `${id} ${shardId} ${sequenceNumber} ${subSequenceNumber}`,
      true,
    ]),
  );
  for (const { id, result } of fates) {
    if (!result) continue;
    const { shardId, sequenceNumber, subSequenceNumber, attempts } = result;
    if (!places.has(`${id} ${shardId} ${sequenceNumber} ${subSequenceNumber}`)) {
      violate("where", `${id} is not at ${shardId} ${sequenceNumber} ${subSequenceNumber}`);
    }
    const last = attempts.at(-1);
    if (
      !last ||
      last.errorCode !== undefined ||
      attempts.slice(0, -1).some((one) => !one.errorCode)
    ) {
      violate("attempts", `${id}: ${JSON.stringify(attempts)}`);
    }
  }
}

/** A record that is given up is told before a later one of its key is in; with "failKey" those that wait fail with it. */
function checkGivenUp({ scenario, fates, violate }: Day): void {
  const { order, afterGivenUp } = scenario.options;
  for (const { id, error, settledAt, settledAs, planned } of fates) {
    if (!error || order === "none") continue;
    for (const later of fates.slice(id + 1)) {
      if (later.planned.key !== planned.key || later.settledAs === undefined) continue;
      if (later.result && later.settledAs < settledAs!) {
        violate("told-in-order", `${later.id} was put before ${id} was given up`);
      }
      if (afterGivenUp === "failKey" && later.putAt < settledAt! && later.result) {
        violate("fail-key", `${later.id} was put behind ${id}, which was given up`);
      }
    }
  }
}

/** So far the time of a record may be off for each freeze, and for a request at its end. */
const slackMs = 2_100;
const lastRequestMs = 13_000;

/** Nothing expires before its time, which stands still in a frozen process, and nothing is tried for much longer. */
function checkTtl({ scenario, fates, violate }: Day): void {
  const { ttlMs = 30_000, maxOutstanding } = scenario.options;
  const hasRoom = maxOutstanding!.records! > 1000 && maxOutstanding!.bytes! > 1000;
  for (const { id, error, putAt, settledAt } of fates) {
    if (settledAt === undefined) continue;
    const took = awakeMs(scenario, putAt, settledAt);
    if (error?.name === "RecordExpired" && took < ttlMs - slackMs * scenario.freezes.length) {
      violate("ttl", `${id} expired after ${took} ms, and has ${ttlMs}`);
    }
    // For room it waits as long as it takes.
    if (hasRoom && scenario.freezes.length === 0 && took > ttlMs + lastRequestMs) {
      violate("ttl", `${id} was settled after ${took} ms, and has ${ttlMs}`);
    }
  }
}

/** The part of this time in which the process ran. */
function awakeMs({ freezes }: Scenario, from: number, to: number): number {
  const frozen = freezes.map(({ at, ms }) => [dayBegins + at, dayBegins + at + ms] as const);
  frozen.sort(([a], [b]) => a - b);
  let awake = to - from;
  let until = from;
  for (const [begin, end] of frozen) {
    const [first, last] = [Math.max(begin, until), Math.min(end, to)];
    if (last > first) awake -= last - first;
    until = Math.max(until, last);
  }
  return awake;
}
