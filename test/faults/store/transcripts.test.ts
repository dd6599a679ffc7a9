import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { emptyDynamoDb, engines } from "../../dynamodb-runtime/engines.ts";
import { documentClient } from "./document-client.ts";
import { fakeDynamoDb } from "./fake-dynamodb.ts";
import { randomSteps, tableName } from "./random-operations.ts";
import { fromJson, perform } from "./transcript.ts";

/** What the official DynamoDB Local answered, in the order of the requests. */
const transcripts = new URL("transcripts/", import.meta.url);

const freshFake = () =>
  fakeDynamoDb({
    clock: virtualClock(),
    random: seededRandom(1),
    tables: { [tableName]: { sortKey: "sk" } },
  });

async function freshTable(db: DynamoDb) {
  await db.createTable({ name: tableName, sortKey: "sk" });
  return documentClient(db.endpoint);
}

describe.each(readdirSync(transcripts).sort())("transcript %s", (file) => {
  const recorded = fromJson(readFileSync(new URL(file, transcripts), "utf8"));
  const steps = recorded.map(({ operation, input }) => ({ operation, input }));

  test("the fake answers as the official DynamoDB Local did", async () => {
    expect(await perform(freshFake(), steps)).toEqual(recorded);
  });

  test("dynalite with its layer answers as the official DynamoDB Local did", async () => {
    const db = await createDynamoDb();
    try {
      expect(await perform(await freshTable(db), steps)).toEqual(recorded);
    } finally {
      await db.close();
    }
  });
});

describe.runIf(engines.includes("official"))("with the official DynamoDB Local at hand", () => {
  let db: DynamoDb;
  beforeAll(async () => {
    db = await emptyDynamoDb("official");
  }, 60_000);
  afterAll(() => db.close());

  test("the fake and dynalite answer to requests they never saw as it does", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const steps = randomSteps(seededRandom(seed), 200);
    const dynalite = await createDynamoDb();
    try {
      const expected = await perform(await freshTable(db), steps);
      const hint = `seed ${seed}`;
      expect(await perform(freshFake(), steps), hint).toEqual(expected);
      expect(await perform(await freshTable(dynalite), steps), hint).toEqual(expected);
    } finally {
      await dynalite.close();
    }
  });
});
