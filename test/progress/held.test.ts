/** What an environment holds of a log, and says in its fold, is bounded, whatever the log has been through. */
import { describe, expect, it } from "vitest";
import type { Entry } from "../../src/progress/entry.ts";
import { at, bytesOf, draftOf, emptyLog, entryOf } from "./log-world.ts";

/** More than is ever remembered of anything. */
const many = 5000;

describe("what an environment holds of a log", () => {
  const named = (n: number) => draftOf([{ name: String(n), place: n, second: n }]);
  const openAt = (n: number) => [{ position: at(n), attempts: 1, since: n, key: "k" }];

  it.each<[string, (n: number) => Partial<Entry>]>([
    ["names", named],
    ["open records", (n) => ({ ...named(n), open: openAt(n + many) })],
    [
      "records that were open and are closed",
      (n) => ({ ...named(n), open: openAt(n + many), closed: [at(n + many - 1)] }),
    ],
    ["abandoned records", (n) => ({ ...named(n), open: openAt(n), abandoned: [at(n - 1)] })],
    [
      "claims that were ended",
      (n) => (n % 2 ? { ...named(n), kind: "began", until: 1 } : { ...named(n), ends: [n - 1] }),
    ],
    ["keys that were parked", (n) => ({ ...named(n), parkedKeys: [`key ${n}`] })],
  ])("says little in its fold: thousands of %s", (_, draft) => {
    const log = emptyLog();
    for (let n = 1; n <= many; n++) {
      log.merge(entryOf(n, { kind: "done", ...draft(n) }, n));
      const fold = n % 64 === 0 ? log.fold() : undefined;
      if (fold) expect(bytesOf(entryOf(n + 1, fold, 0))).toBeLessThan(128 * 1024);
    }
  });

  it("abandoned records do not pile up in memory, nor in entries", () => {
    const log = emptyLog();
    for (let n = 1; n <= many; n++) log.merge(entryOf(n, { ...named(n), open: openAt(n) }, n));
    const told = log.states.abandon(
      log.states.awaited.map(({ position }) => position),
      log.n,
    );
    expect(told.length).toBeLessThanOrEqual(200);
    expect(log.states.since(0).open.length).toBeLessThanOrEqual(200);
    expect(log.states.awaited).toEqual([]);
  });
});
