/**
 * What a fleet promises, checked at each record that is done:
 *
 *     two owners    whoever gives a record to the handler holds a valid lease, and nobody else does
 *     order         a record is first done after all before it in its shard, and after all of its parents
 *     repeat        only where an owner died, lost its lease, or was not waited for; and only what was done shortly before
 *     lost          in the end every record is done
 *     owned         within the bound every shard has an owner again
 */

export interface Violation {
  readonly rule: string;
  readonly what: string;
}

export interface Put {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

interface Done {
  readonly worker: string;
  readonly at: number;
}

export interface Checker {
  readonly violations: Violation[];
  readonly counts: { records: number; repeats: number };
  put(record: Put): void;
  /** The shards that a shard follows. */
  follows(shardId: string, parents: readonly string[]): void;
  begins(
    worker: string,
    shardId: string,
    records: readonly string[],
    owners: Owners,
    at: number,
  ): void;
  done(worker: string, shardId: string, records: readonly string[], at: number): void;
  /** How a worker's time with a shard ended. */
  ended(worker: string, shardId: string | undefined, how: "given back" | "lost", at: number): void;
  isAllDone(): boolean;
  finish(): void;
  violate(rule: string, what: string): void;
}

/** Who has a valid lease of a shard now. */
export type Owners = readonly string[];

/** Of a worker that has given no shard up: it stands still, or has not noticed yet that its time is over; or it is handing the shard over. */
export type Standing = "helpless" | "handing over";

export function checker(
  repeatsWithin: number,
  standing: (worker: string, shardId: string) => Standing | undefined,
): Checker {
  const violations: Violation[] = [];
  const counts = { records: 0, repeats: 0 };
  /** By shard, in order. */
  const log = new Map<string, string[]>();
  const places = new Map<string, number>();
  const firstOpen = new Map<string, number>();
  const parents = new Map<string, readonly string[]>();
  const done = new Map<string, Done>();
  /** By worker and shard: when its times with it ended. */
  const ends = new Map<string, number[]>();
  /** By worker and shard: repeats of what it did while it was handing over, which its time may have ended before. */
  const doubtful = new Map<string, string[]>();
  const violate = (rule: string, what: string) => violations.push({ rule, what });
  const place = (shardId: string, record: string) => places.get(`${shardId} ${record}`)!;

  return {
    violations,
    counts,
    violate,
    put({ shardId, sequenceNumber }) {
      const records = log.get(shardId) ?? [];
      log.set(shardId, records);
      places.set(`${shardId} ${sequenceNumber}`, records.push(sequenceNumber) - 1);
    },
    follows(shardId, of) {
      parents.set(shardId, of);
    },
    begins(worker, shardId, records, owners, at) {
      if (!owners.includes(worker)) violate("two owners", `${worker} does ${shardId} without it`);
      const others = owners.filter((owner) => owner !== worker);
      if (others.length > 0) violate("two owners", `${others} and ${worker} have ${shardId}`);
      const from = place(shardId, records[0]!);
      const open = firstOpen.get(shardId) ?? 0;
      if (from > open) {
        violate("order", `${worker} does record ${from} of ${shardId}, and ${open} is not done`);
      }
      for (const parent of parents.get(shardId) ?? []) {
        const length = log.get(parent)?.length ?? 0;
        if ((firstOpen.get(parent) ?? 0) < length) {
          violate("order", `${worker} does ${shardId}, and its parent ${parent} is not done`);
        }
      }
      for (const record of records) {
        const before = done.get(`${shardId} ${record}`);
        if (!before) continue;
        counts.repeats++;
        const ended = ends.get(`${before.worker} ${shardId}`);
        // It may have had the shard again since, and read nothing.
        const excuse =
          ended?.find((end) => end >= before.at) ??
          ended?.at(-1) ??
          (standing(before.worker, shardId) === "helpless" ? at : undefined);
        if (excuse === undefined) {
          const what = `${worker} repeats ${shardId} ${record}, which ${before.worker} has done`;
          const key = `${before.worker} ${shardId}`;
          if (standing(before.worker, shardId) !== "handing over") violate("repeat", what);
          else doubtful.set(key, [...(doubtful.get(key) ?? []), what]);
        } else if (excuse - before.at > repeatsWithin) {
          violate(
            "repeat",
            `${worker} repeats what was done ${excuse - before.at} ms before the end of ${before.worker}`,
          );
        }
      }
    },
    done(worker, shardId, records, at) {
      for (const record of records) {
        const at_ = place(shardId, record);
        done.set(`${shardId} ${record}`, { worker, at });
        if (at_ >= (firstOpen.get(shardId) ?? 0)) firstOpen.set(shardId, at_ + 1);
        counts.records++;
      }
    },
    ended(worker, shardId, how, at) {
      for (const one of shardId === undefined ? log.keys() : [shardId]) {
        const key = `${worker} ${one}`;
        const doubts = doubtful.get(key) ?? [];
        doubtful.delete(key);
        if (how === "given back") {
          for (const what of doubts) violate("repeat", what);
          continue;
        }
        ends.set(key, [...(ends.get(key) ?? []), at]);
      }
    },
    isAllDone: () =>
      [...log].every(([shardId, records]) => (firstOpen.get(shardId) ?? 0) === records.length),
    finish() {
      for (const [shardId, records] of log) {
        const open = firstOpen.get(shardId) ?? 0;
        if (open < records.length) {
          violate("lost", `${records.length - open} records of ${shardId} were never done`);
        }
      }
    },
  };
}
