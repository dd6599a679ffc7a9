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
