import { describe, expect, it } from "vitest";
import { recall } from "../../src/progress/recall.ts";
import { ask, draftOf, emptyLog, entryOf, ledgerOf, recorded, source, t0 } from "./log-world.ts";
import { numbered, world } from "./world.ts";

const hour = 3_600_000;

/** Appends a reset, as the command line does: under the next number, by another writer. */
async function reset(its: ReturnType<typeof world>) {
  for (const name of its.logs()) {
    const { entries } = await its.progress.readAfter(name, 0);
    const entry = entryOf(entries.length + 1, { kind: "reset" }, 0);
    await its.progress.append(name, { ...entry, writer: "somebody" }, 0);
  }
}

describe("a reset", () => {
  it.each([
    ["warm", false],
    ["cold", true],
  ])("has everything done again, %s, and what comes after it is remembered", async (_, isCold) => {
    const its = world({
      consumer: { uniqueId: ({ id }) => id },
      choose: () => (isCold ? "new" : undefined),
    });
    its.put("a", "b");
    const first = its.map();
    await first.drain();
    await first.close();
    await reset(its);
    for (let replay = 0; replay < 2; replay++) {
      const mapping = its.map();
      await mapping.drain();
      await mapping.close();
    }
    expect(its.ids()).toEqual(["a", "b", "a", "b"]);
  });

  it("is an entry: nothing is deleted, and numbers go on", async () => {
    const its = world();
    its.put("a");
    const first = its.map();
    await first.drain();
    await first.close();
    await reset(its);
    await its.map().drain();
    const { entries } = await its.progress.readAfter(its.logs()[0]!, 0);
    expect(entries.map(({ n, kind }) => `${n} ${kind}`)).toEqual(["1 done", "2 reset", "3 done"]);
  });

  it("holds for what a parent shard's log says, too", async () => {
    const { store } = recorded();
    const parent = "c#us-east-1:123456789012:orders#7#shardId-000000000007";
    await store.append(parent, entryOf(1, draftOf([{ name: "a", place: 1, second: 0 }]), 0), 0);
    const parentsOf = async (_: string, shardId: string) =>
      shardId === source.shardId ? [{ shardId: "shardId-000000000007", createdAt: 7 }] : [];
    const child = [
      { ...entryOf(1, draftOf([{ name: "b", place: 2, second: 0 }]), 0), parents: [parent] },
      entryOf(2, { kind: "reset" }, 0),
      entryOf(3, draftOf([{ name: "c", place: 3, second: 0 }]), 0),
    ];
    for (const entry of child) await store.append("c#orders#0", entry, 0);
    const log = await recall(
      emptyLog(),
      { ...source, hasIds: true },
      t0,
      ledgerOf(store, { parentsOf }),
    );
    const answers = ["a", "b", "c"].map((name) => ask(log, { name, place: 9, second: 1 }));
    expect(answers).toEqual(["none", "none", "duplicate"]);
  });

  it("forgets attempts, claims, what was abandoned and what was not saved", () => {
    const log = emptyLog();
    log.merge(
      entryOf(
        1,
        {
          ...draftOf([{ name: "a", place: 1, second: 0 }]),
          abandoned: [{ sequenceNumber: "5", subSequenceNumber: 0 }],
          open: [
            {
              position: { sequenceNumber: "5", subSequenceNumber: 0 },
              attempts: 2,
              since: 0,
              key: "k",
            },
          ],
        },
        0,
      ),
    );
    log.merge(entryOf(2, { ...draftOf([{ name: "x", place: 1, second: 0 }]), kind: "began" }, 0));
    log.carried = { ...draftOf([{ name: "z", place: 3, second: 0 }]), n: 2 };
    log.merge(entryOf(3, { kind: "reset" }, 0));
    expect([
      log.states.since(0).open.length,
      log.claims.size,
      log.states.since(0).abandoned.length,
      log.size,
      log.carried,
    ]).toEqual([0, 0, 0, 0, undefined]);
  });
});

it("another epoch is another memory; the first finds its own again", async () => {
  const its = world();
  const other = world({ consumer: { progress: its.progress, epoch: "backfill" } });
  const third = world({ consumer: { progress: its.progress } });
  for (const each of [its, other, third]) {
    each.put("a", "b");
    await each.map().drain();
  }
  expect([its.ids(), other.ids(), third.ids()]).toEqual([["a", "b"], ["a", "b"], []]);
  expect(other.logs()[0]).toMatch(/^departures@backfill#/);
});

it("when many old records are skipped, that is said, with the command, once", async () => {
  const its = world({ settings: { batchSize: 150 } });
  its.put(...numbered(300));
  const first = its.map();
  await first.drain();
  await first.close();
  await its.clock.advance(2 * hour);
  await its.map().drain();
  expect(its.ids()).toHaveLength(300);
  expect(its.said("shardmill progress reset")).toMatchObject([{ level: "WARN", skipped: 150 }]);
});
