/** The logs that an environment has read, by themselves: which one an invocation gets, and which go when memory is short. */
import { describe, expect, it } from "vitest";
import { LogPool } from "../../src/progress/log-pool.ts";
import type { ShardLog } from "../../src/progress/shard-log.ts";
import { ask, draftOf, entryOf, t0 } from "./log-world.ts";

/** Names that arrived one a second, up to `second`. */
const names = (second: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    name: `${n}`,
    place: n,
    second: second - count + n + 1,
  }));

/** Takes a log that holds so many names. */
function filled(pool: LogPool, name: string, count: number, second = 100_000): ShardLog {
  const log = pool.take(name, false);
  log.merge(entryOf(log.n + 1, draftOf(names(second, count)), 0));
  log.coveredFrom = t0;
  return log;
}
const holds = (log: ShardLog, second: number, place: number) =>
  ask(log, { name: `${place}`, place, second }, 0) !== "none";

describe("an invocation", () => {
  it("has a log to itself, and the next one has what it knew", () => {
    const pool = new LogPool();
    const one = pool.take("a", false);
    const other = pool.take("a", false);
    expect(other).not.toBe(one);
    expect(pool.take("b", false).name).toBe("b");
    pool.giveBack(one);
    pool.giveBack(other);
    // The one used last knows most.
    expect(pool.take("a", false)).toBe(other);
    expect(pool.take("a", false)).toBe(one);
    expect(pool.take("a", false)).not.toBe(one);
  });

  it("gives back what it goes on with, where its log was read anew, and nothing twice", () => {
    const pool = new LogPool();
    const [old, anew] = [pool.take("a", false), new LogPool().take("a", false)];
    pool.replace(old, anew);
    pool.giveBack(old);
    pool.giveBack(anew);
    pool.giveBack(anew);
    expect(pool.take("a", false)).toBe(anew);
    expect([old, anew]).not.toContain(pool.take("a", false));
  });

  it("says what others of the name could not save", () => {
    const pool = new LogPool();
    const [one, two, three] = [0, 1, 2].map(() => pool.take("a", false)) as ShardLog[];
    const elsewhere = pool.take("b", false);
    const carried = (name: string, place: number) => ({
      ...draftOf([{ name, place, second: 0 }]),
      n: 0,
    });
    one!.carried = carried("x", 1);
    two!.carried = carried("y", 2);
    elsewhere.carried = carried("z", 3);
    for (const log of [one!, two!, three!, elsewhere]) pool.giveBack(log);
    expect(pool.take("a", false)).toBe(three);
    expect(three!.carried!.names).toHaveLength(32);
    expect([one!.carried, two!.carried]).toEqual([undefined, undefined]);
    expect(ask(three!, { name: "x", place: 1, second: 0 })).toBe("redelivered");
    expect(elsewhere.carried).toBeDefined();
  });
});

describe("when memory is short", () => {
  const window = 600;

  it("nothing goes as long as there is room, to the byte", () => {
    const pool = new LogPool();
    const logs = [filled(pool, "a", 1000), filled(pool, "b", 1000)] as const;
    pool.giveBack(logs[1]);
    const bytes = logs[0].bytes + logs[1].bytes;
    pool.makeRoom(logs[0], t0 + 100_000, window, bytes);
    expect(logs.map((log) => log.size)).toEqual([1000, 1000]);
    pool.makeRoom(logs[0], t0 + 100_000, window, bytes - 1);
    expect(logs[0].size).toBeLessThan(1000);
  });

  it("what the batch does not need goes first, and what it needs stays", () => {
    const pool = new LogPool();
    const [log, idle] = [filled(pool, "a", 3000), filled(pool, "b", 3000)];
    pool.giveBack(idle);
    pool.makeRoom(log, t0 + 100_000 - 10, window, log.bytes + idle.bytes - 1);
    expect(log.size).toBe(window + 11);
    expect(log.windowFrom).toBe(0);
    expect(idle.size).toBe(3000);
  });

  it("then the older of two logs of one name, then windows, and then logs that were not used for long", () => {
    const pool = new LogPool();
    const [current, older, newer, other] = [
      filled(pool, "a", 500),
      filled(pool, "b", 500),
      filled(pool, "b", 500),
      filled(pool, "c", 500),
    ];
    for (const log of [other, older, newer]) pool.giveBack(log);
    const all = [current, older, newer, other].reduce((sum, log) => sum + log.bytes, 0);
    pool.makeRoom(current, t0 + 100_000, window, all - 1);
    expect([current, older, newer, other].map((log) => log.size)).toEqual([500, 500, 500, 500]);
    expect(pool.take("c", false)).toBe(other);
    expect(pool.take("b", false)).toBe(newer);
    // The older one is gone.
    expect(pool.take("b", false)).not.toBe(older);
  });

  it("windows are halved as often as it takes, and the batch's own records stay known", () => {
    const pool = new LogPool();
    const [current, idle] = [filled(pool, "a", 5000), filled(pool, "b", 5000)];
    pool.giveBack(idle);
    const earliest = t0 + 100_000 - 300;
    pool.makeRoom(current, earliest, 5000, (current.bytes + idle.bytes) / 8);
    for (const log of [current, idle]) {
      expect(log.bytes).toBeLessThan(60_000);
      expect(log.size).toBeGreaterThan(100);
      expect(log.windowFrom).toBe(log.coveredFrom);
      expect(holds(log, 100_000, 4999)).toBe(true);
    }
    expect(holds(current, 100_000 - 300, 4699)).toBe(true);
    expect(current.windowFrom).toBeLessThanOrEqual(earliest);
    // It is still there.
    expect(pool.take("b", false)).toBe(idle);
  });

  it("at last the logs go that no invocation has, the one used last at last; but what could not be saved is only here", () => {
    const pool = new LogPool();
    const logs = ["taken", "carries", "first", "last"].map((name) => filled(pool, name, 50));
    const [taken, carries, first, last] = logs as [ShardLog, ShardLog, ShardLog, ShardLog];
    carries.carried = { kind: "done", n: 0 };
    for (const log of [carries, first, last]) pool.giveBack(log);
    const bytes = logs.reduce((sum, log) => sum + log.bytes, 0);
    // What they hold at least.
    pool.makeRoom(taken, t0 + 100_000, 4, bytes - 1);
    // Of four seconds a window was halved three times.
    expect(taken.windowFrom).toBe(t0 + 100_000);
    expect(pool.take("last", false)).toBe(last);
    expect(pool.take("first", false)).not.toBe(first);
    pool.giveBack(last);
    pool.makeRoom(taken, t0 + 100_000, 1, 0);
    expect(pool.take("last", false)).not.toBe(last);
    expect(pool.take("carries", false)).toBe(carries);
  });
});
