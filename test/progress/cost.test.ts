/** What progress costs, held to its limits: all that does not depend on the machine. `npm run bench` shows it beside its peer. */
import { describe, expect, it } from "vitest";
import { limits } from "../../bench/progress/limits.ts";
import {
  coldStart,
  type Metered,
  placementCost,
  redeliveryCost,
  warmCost,
} from "../../bench/progress/ours.ts";
import { dynamodbProgress } from "../../src/dynamodb.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { fakeDynamoDb } from "../faults/store/fake-dynamodb.ts";

/** DynamoDB's rules and its units, and none of its latency: there are up to 100,000 entries. */
const startTable = async (): Promise<Metered> => {
  const client = fakeDynamoDb({
    clock: virtualClock(),
    random: seededRandom(1),
    tables: { progress: { sortKey: "sk" } },
    translateConfig: { marshallOptions: { removeUndefinedValues: true } },
  });
  return { client, db: { costs: client.costs, close: async () => {} } };
};

describe("1,000 records, warm,", () => {
  it.each(limits.warm)(
    "in batches of $batchSize cost $requests requests, $write write units and $read read units at most",
    async ({ batchSize, records, ...limit }) => {
      const cost = await warmCost(batchSize, records, startTable);
      expect(cost.requests).toBeLessThanOrEqual(limit.requests);
      expect(cost.write).toBeLessThanOrEqual(limit.write);
      expect(cost.read).toBeLessThanOrEqual(limit.read);
    },
  );

  it("in batches of 1,000 that are placed at random in 20 environments read what 19 others did", async () => {
    // Shards do not meet in the log: what holds for one of 20 holds for all.
    const cost = await placementCost(1, 20, { warmUps: 40, rounds: 60 }, startTable);
    expect(cost.write).toBeLessThanOrEqual(limits.placed.write);
    expect(cost.read).toBeLessThanOrEqual(limits.placed.read);
  }, 60_000);
});

it("1,000 records again in another warm environment repeat no effect, with two reads and one write at most", async () => {
  const { requests, write, repeated } = await redeliveryCost(1000, startTable);
  expect(repeated).toBe(0);
  expect(write).toBeLessThanOrEqual(limits.again.writes);
  expect(requests).toBeLessThanOrEqual(limits.again.reads + limits.again.writes);
});

it.each(limits.cold.batchSizes)(
  "a cold start on 100,000 names from batches of %i asks four times at most, and holds them in 8 MB",
  async (batchSize) => {
    const { client } = await startTable();
    const store = dynamodbProgress({ tableName: "progress", client });
    const { pages, bytes, names } = await coldStart(store, batchSize, 100_000);
    expect(names).toBeGreaterThanOrEqual(100_000);
    expect(pages).toBeLessThanOrEqual(limits.cold.pages);
    expect(bytes).toBeLessThan(limits.cold.bytes);
  },
  60_000,
);
