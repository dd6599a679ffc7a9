import fc from "fast-check";
import { json, kinesisConsumer, memoryProgress, onceStreamWide } from "shardmill";
import { dynamodbIds } from "shardmill/dynamodb";
import { kinesisEvent } from "shardmill/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { digestOf } from "../../src/aws/store-limits.ts";
import { engines, type LocalDynamoDb, startDynamoDb } from "./engines.ts";

const now = Date.UTC(2026, 0, 1);
let claims = 0;
const claimOf = (holder: string) => ({ holder, until: now + 60_000, token: `t${++claims}` });

/** Ids that some store would refuse, cut, or take for one another. */
const odd = fc.oneof(
  fc.constantFrom("\ud800", "\ud801", "\ufffd", "\ufffe", "\u0000", '"\\ud800"', "id", " "),
  fc
    .tuple(
      fc.constantFrom(2000, 2047, 2048, 2049, 250_000),
      fc.constantFrom("x", "é", "漢", "\ud800"),
      fc.constantFrom("", "a", "b"),
    )
    .map(([length, character, end]) => `${character.repeat(length)}${end}`),
);

describe.each(engines)("dynamodbIds on %s", (engine) => {
  let db: LocalDynamoDb;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
  }, 60_000);
  afterAll(() => db.close());
  const ids = () => dynamodbIds({ tableName: "progress", client: db.client });

  it("takes an id of any length and any characters, and two that differ for two", async () => {
    await fc.assert(
      fc.asyncProperty(odd, odd, fc.boolean(), async (first, second, isDigest) => {
        const store = ids();
        const a = `${claims} ${first}`;
        // What stands for an id is itself an id of somebody else.
        const b = isDigest ? digestOf(a) : `${claims} ${second}`;
        const mine = claimOf("mine");
        expect(await store.claim(a, mine, now)).toBeUndefined();
        expect(await store.claim(a, claimOf("another"), now)).toMatchObject({
          holder: "mine",
          state: "began",
        });
        if (a !== b) expect(await store.claim(b, claimOf("another"), now)).toBeUndefined();
        expect(await store.complete(a, mine, now)).toBe(true);
        expect(await store.claim(a, claimOf("another"), now)).toMatchObject({
          holder: "mine",
          state: "done",
        });
        await store.release(a, mine);
        expect(await store.claim(a, claimOf("another"), now)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it("is taken over from an invocation that is over, by the same record at once, and by anybody once it has expired", async () => {
    const store = ids();
    const id = `${++claims} taken over`;
    const [one, two] = [claimOf("one"), claimOf("two")];
    expect(await store.claim(id, one, now)).toBeUndefined();
    expect(await store.claim(id, two, one.until)).toMatchObject({ token: one.token });
    expect(await store.claim(id, two, one.until + 1)).toBeUndefined();
    const again = claimOf("two");
    expect(await store.claim(id, again, now)).toBeUndefined();
    // Who has lost it gives nothing back.
    await store.release(id, two);
    expect(await store.claim(id, one, now)).toMatchObject({ token: again.token });
    expect(await store.complete(id, two, now)).toBe(false);
    expect(await store.complete(id, two, now)).toBe(true);
    const expiresAt = now + 7 * 86_400_000;
    for (const claim of [one, claimOf("two")])
      expect(await store.claim(id, claim, expiresAt)).toMatchObject({ state: "done" });
    expect(await store.claim(id, one, expiresAt + 1000)).toBeUndefined();
  });

  it("is remembered for as long as was asked, from when its invocation is over", async () => {
    const store = dynamodbIds({ tableName: "progress", client: db.client, keepInDays: 2 });
    const id = `${++claims} remembered`;
    await store.claim(id, { ...claimOf("one"), until: now + 60_001 }, now);
    expect(await db.items(id)).toMatchObject([
      { sk: "id", state: "began", until: now + 60_001, expiresAt: now / 1000 + 61 + 2 * 86_400 },
    ]);
    const mine = claimOf("one");
    await store.complete(id, mine, now + 1);
    const [item] = await db.items(id);
    expect(item).toEqual({
      ...{ pk: id, sk: "id", state: "done", holder: "one", token: mine.token },
      expiresAt: now / 1000 + 1 + 2 * 86_400,
    });
  });

  it("keeps an effect to once for ids beyond what a key takes, as a whole payload may be one", async () => {
    const effects: string[] = [];
    const environment = () =>
      kinesisConsumer({
        consumer: "long",
        decode: json(z.object({ text: z.string() })),
        uniqueId: (value) => JSON.stringify(value),
        progress: memoryProgress(),
        metrics: false,
        runtime: { write: () => {} },
        process: onceStreamWide(ids(), ({ text }) => void effects.push(text.slice(-1))),
      });
    for (const end of ["a", "b", "a"]) {
      const event = kinesisEvent([{ text: `${"x".repeat(250_000)}${end}` }]);
      expect(await environment()(event)).toEqual({ batchItemFailures: [] });
    }
    expect(effects).toEqual(["a", "b"]);
  });
});
