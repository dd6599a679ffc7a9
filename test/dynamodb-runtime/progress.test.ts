import fc from "fast-check";
import type { Entry, ProgressStore } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, type LocalDynamoDb, startDynamoDb } from "./engines.ts";
import { at, minimal, newLog } from "./entries.ts";

const full: Entry = minimal(1, {
  first: at(1),
  last: at(9, 17),
  names: Uint8Array.from({ length: 48 }, (_, byte) => byte * 5),
  arrivals: Uint8Array.from([3, 0x80, 1]),
  open: [
    { position: at(3), attempts: 2, since: 1_767_225_600_123, key: "SFO" },
    { position: at(4, 2), attempts: 0, since: 1_767_225_600_124, key: "", hung: true },
  ],
  closed: [at(1), at(2, 1)],
  parked: [at(5, 3)],
  parkedKeys: ["SFO", "LAX"],
  abandoned: [at(6)],
  through: at(2, 1),
  until: 1_767_225_700_000,
  ends: [1, 2],
  since: 1,
  folds: [{ n: 7, since: 1, at: 1_767_225_600_001 }],
  parents: ["c#us-east-1:123456789012:orders#1735689000#shardId-000000000000"],
});

/** Without what is undefined, empty or false: for these absence means the same. */
function essence(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.length > 0 ? [...value] : undefined;
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== "object" || value === null) return value === false ? undefined : value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, essence(inner)] as const)
    .filter(([, inner]) => inner !== undefined && !(Array.isArray(inner) && inner.length === 0));
  return Object.fromEntries(kept);
}

describe.each(engines)("dynamodbProgress on %s", (engine) => {
  let db: LocalDynamoDb;
  let store: ProgressStore;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
    store = dynamodbProgress({ tableName: "progress", client: db.client });
  }, 60_000);
  afterAll(() => db.close());

  const append = (log: string, entry: Entry) => store.append(log, entry, 1_800_000_000);

  describe("an entry", () => {
    it.each([
      ["with everything", full],
      ["with next to nothing", minimal(1)],
      ["of a claim", minimal(1, { kind: "lease", until: 5 })],
    ])("%s comes back as it was, whichever way it is read", async (_, entry) => {
      const log = newLog();
      expect(await append(log, entry)).toEqual({ ok: true });
      const reads = [
        (await store.readAfter(log, 0)).entries,
        (await store.readBefore(log, Number.POSITIVE_INFINITY)).entries,
        (await store.readBefore(log, 2)).entries,
        await store.readSome(log, [1]),
      ];
      for (const entries of reads) expect(entries.map(essence)).toEqual([essence(entry)]);
    });

    it("comes back, whatever is in it", () =>
      fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 64 }),
          fc.array(
            fc.record({
              position: fc.tuple(fc.nat(1000), fc.nat(70_000)).map(([n, sub]) => at(n, sub)),
              attempts: fc.nat(100),
              since: fc.nat(2 ** 31).map((second) => second * 1000 + 7),
              key: fc.string(),
              hung: fc.boolean(),
            }),
            { maxLength: 5 },
          ),
          fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }),
          async (names, open, parkedKeys) => {
            const log = newLog();
            const byPosition = new Map(
              open.map((record) => [JSON.stringify(record.position), record]),
            );
            const entry = minimal(1, {
              ...(names.length > 0 ? { names, arrivals: Uint8Array.from([1, 2]) } : {}),
              open: [...byPosition.values()],
              parkedKeys,
            });
            await append(log, entry);
            const [read] = (await store.readAfter(log, 0)).entries;
            const sorted = (records: Entry["open"]) =>
              [...(records ?? [])].map((record) => JSON.stringify(essence(record))).sort();
            expect(sorted(read!.open)).toEqual(sorted(entry.open));
            expect(essence({ ...read, open: [] })).toEqual(essence({ ...entry, open: [] }));
          },
        ),
        { numRuns: 25 },
      ));

    it("is one item, with the keys and attributes as documented", async () => {
      const log = newLog();
      await store.append(log, { ...full, n: 42 }, 1_768_003_272);
      const [item] = await db.items(log);
      expect(item).toMatchObject({
        pk: log,
        sk: "000000000042",
        first: at(1).sequenceNumber,
        last: `${at(9).sequenceNumber}.17`,
        through: `${at(2).sequenceNumber}.1`,
        open: {
          [at(3).sequenceNumber]: [2, 1_767_225_600_123, "SFO"],
          [`${at(4).sequenceNumber}.2`]: [0, 1_767_225_600_124, "", "hung"],
        },
        parked: [`${at(5).sequenceNumber}.3`],
        writer: "us-east-1:123456789012:departures",
        token: "token-1",
        v: 1,
        expiresAt: 1_768_003_272,
      });
      expect(item!.names).toEqual(full.names);
    });

    it("has no attribute that says nothing, since they would be billed", async () => {
      const log = newLog();
      await append(log, minimal(1, { open: [], closed: [], parked: [], names: new Uint8Array(0) }));
      const [item] = await db.items(log);
      expect(Object.keys(item!).sort()).toEqual(
        ["at", "expiresAt", "first", "last", "pk", "sk", "token", "v", "writer"].sort(),
      );
    });
  });

  describe("reading", () => {
    it("what was never written finds nothing", async () => {
      const log = newLog();
      const nothing = { entries: [], more: false };
      expect(await store.readAfter(log, 0)).toEqual(nothing);
      expect(await store.readBefore(log, Number.POSITIVE_INFINITY)).toEqual(nothing);
      expect(await store.readSome(log, [1, 2])).toEqual([]);
    });

    it("goes forward and backward, and stays in its log", async () => {
      const [log, other] = [newLog(), newLog()];
      for (const n of [1, 2, 3, 9, 10, 11]) await append(log, minimal(n));
      await append(other, minimal(5));
      const numbers = async (page: Promise<{ entries: readonly Entry[] }>) =>
        (await page).entries.map(({ n }) => n);
      expect(await numbers(store.readAfter(log, 0))).toEqual([1, 2, 3, 9, 10, 11]);
      expect(await numbers(store.readAfter(log, 9))).toEqual([10, 11]);
      expect(await numbers(store.readAfter(log, 11))).toEqual([]);
      expect(await numbers(store.readBefore(log, 10))).toEqual([9, 3, 2, 1]);
      expect(await numbers(store.readBefore(log, Number.POSITIVE_INFINITY))).toEqual([
        11, 10, 9, 3, 2, 1,
      ]);
      const some = await store.readSome(log, [10, 4, 1, 5]);
      expect(some.map(({ n }) => n).sort()).toEqual([1, 10]);
    });

    it("more than a page says that there is more, and all of it can be read", async () => {
      const log = newLog();
      const names = new Uint8Array(60_000).fill(7);
      for (let n = 1; n <= 40; n++) await append(log, minimal(n, { names, arrivals: names }));
      const forward: number[] = [];
      let pages = 0;
      for (let after = 0, more = true; more; pages++) {
        const page = await store.readAfter(log, after);
        forward.push(...page.entries.map(({ n }) => n));
        ({ more } = page);
        after = forward.at(-1)!;
      }
      expect(pages).toBeGreaterThan(3);
      expect(forward).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
      const backward: number[] = [];
      for (let before = Number.POSITIVE_INFINITY, more = true; more; ) {
        const page = await store.readBefore(log, before);
        backward.push(...page.entries.map(({ n }) => n));
        ({ more } = page);
        before = backward.at(-1)!;
      }
      expect(backward).toEqual([...forward].reverse());
      const all = await store.readSome(log, forward);
      expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual(forward);
    });

    it("more than a hundred at once is several requests", async () => {
      const log = newLog();
      const numbers = Array.from({ length: 230 }, (_, n) => n + 1);
      for (const n of numbers) await append(log, minimal(n));
      const some = await store.readSome(log, numbers);
      expect(some.map(({ n }) => n).sort((a, b) => a - b)).toEqual(numbers);
    });
  });
});
