/** No entry outgrows its item, whatever a batch leaves behind and however much could not be saved before. */
import { kinesisConsumer, memoryParking, NonRetryableError } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/time/random.ts";
import { decode, eventOf, world } from "../consumer/world.ts";
import { fakeDynamoDb } from "../faults/store/fake-dynamodb.ts";
import { sizeOf } from "../faults/store/value.ts";

const tableName = "progress";

type Fate = "done" | "fails" | "parked";

interface Batch {
  readonly count: number;
  readonly fate: Fate;
  /** The store takes nothing. */
  readonly isRefused?: boolean;
  /** The records of the batch before come again, and are done. */
  readonly isAgain?: boolean;
}

/** Takes batches through one environment. Resolves to the size of each item of the log, in KB. */
async function entries(keyLength: number, batches: readonly Batch[]) {
  const its = world();
  const db = fakeDynamoDb({
    clock: its.clock,
    random: seededRandom(1),
    tables: { [tableName]: { sortKey: "sk" } },
    translateConfig: { marshallOptions: { removeUndefinedValues: true } },
  });
  let isRefused = false;
  const send = async (command: object) => {
    if (isRefused && command.constructor.name === "PutCommand") throw new Error("no such table");
    return db.send(command as never);
  };
  let fate: Fate = "done";
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    progress: dynamodbProgress({ tableName, client: { send } as typeof db }),
    park: memoryParking(),
    commitEvery: { records: 100_000, ms: 1_000_000 },
    metrics: false,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    runtime: its.runtime,
    process() {
      if (fate === "parked") throw new NonRetryableError("never");
      if (fate === "fails") throw new Error("no");
    },
  });
  let from = 0;
  for (const [at, batch] of batches.entries()) {
    ({ fate, isRefused = false } = batch);
    const first = batch.isAgain ? from - batches[at - 1]!.count : from;
    const names = Array.from({ length: batch.count }, (_, place) => {
      return `x@${String(first + place).padStart(keyLength, "k")}`;
    });
    await its.finish(handler(eventOf(names, { from: first }), its.context()));
    from = first + batch.count;
  }
  const items = db.items(tableName);
  return {
    kilobytes: items.map((item) => Math.ceil(sizeOf(item) / 1024)),
    names: items.reduce((sum, { names }) => sum + (names?.B?.length ?? 0) / 16, 0),
  };
}

describe.each([1, 256])("with partition keys of %i characters", (keyLength) => {
  it.each<[string, number, readonly Batch[]]>([
    ["done", 2, [{ count: 5000, fate: "done" }]],
    ["failed", 80, [{ count: 3600, fate: "fails" }]],
    ["parked", 10, [{ count: 3600, fate: "parked" }]],
    [
      "done after they had failed",
      80,
      [
        { count: 3600, fate: "fails" },
        { count: 3600, fate: "done", isAgain: true },
      ],
    ],
  ])("thousands of records that are %s make entries of 64 KB at most", async (_, most, batches) => {
    const { kilobytes } = await entries(keyLength, batches);
    expect(Math.max(...kilobytes)).toBeLessThanOrEqual(64);
    expect(kilobytes.length).toBeLessThanOrEqual(most);
  });

  const rounds = Array.from({ length: 24 });

  it("what failed in vain for long is saved at last, in what fits", async () => {
    const batches = rounds.map((): Batch => ({ count: 400, fate: "fails", isRefused: true }));
    const { names } = await entries(keyLength, [...batches, { count: 10, fate: "done" }]);
    expect(names).toBe(10);
  });

  it("what was done in vain for long is saved at last, as much of it as fits", async () => {
    const batches = rounds.map((): Batch => ({ count: 1500, fate: "done", isRefused: true }));
    const { names, kilobytes } = await entries(keyLength, [
      ...batches,
      { count: 10, fate: "done" },
    ]);
    expect(names).toBeGreaterThan(4000);
    expect(Math.max(...kilobytes)).toBeLessThanOrEqual(150);
  });
});
