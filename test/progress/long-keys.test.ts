/** A key in a KPL aggregate may be as long as its record. With `afterPark: "parkKey"` it is remembered all the same. Rule 20. */
import fc from "fast-check";
import { kinesisConsumer, memoryParking, NonRetryableError } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { describe, expect, it } from "vitest";
import { nameOfKey } from "../../src/progress/parked-keys.ts";
import { seededRandom } from "../../src/time/random.ts";
import { anyCharacter } from "../any-character.ts";
import { allDone, decode, eventOf, world } from "../consumer/world.ts";
import { fakeDynamoDb } from "../faults/store/fake-dynamodb.ts";

const tableName = "progress";

function setUp() {
  const its = world();
  const client = fakeDynamoDb({
    clock: its.clock,
    random: seededRandom(1),
    tables: { [tableName]: { sortKey: "sk" } },
    translateConfig: { marshallOptions: { removeUndefinedValues: true } },
  });
  const park = memoryParking();
  const ran: string[] = [];
  /** A new environment. */
  const start = () =>
    kinesisConsumer({
      consumer: "c",
      decode,
      progress: dynamodbProgress({ tableName, client }),
      park,
      afterPark: "parkKey",
      metrics: false,
      runtime: its.runtime,
      process({ id }) {
        ran.push(id);
        if (id === "bad") throw new NonRetryableError("no");
      },
    });
  return { ...its, start, park, ran };
}

describe("records of long keys that are parked", () => {
  it.each([
    ["one of 500 KB", ["k".repeat(500_000)]],
    ["some of 200 KB", ["a", "b", "c"].map((letter) => letter.repeat(200_000))],
    ["ninety of 20 KB", Array.from({ length: 90 }, (_, n) => String(n).padStart(20_000, "k"))],
    ["more than Kinesis takes", ["k".repeat(1100), "é".repeat(513)]],
    ["as long as Kinesis takes", ["😀".repeat(256), "k".repeat(256)]],
  ])("never stop their shard, and those behind them follow: %s", async (_, keys) => {
    const its = setUp();
    const bad = eventOf(
      keys.map((key) => `bad@${key}`),
      { aggregate: true },
    );
    const first = its.start();
    expect(await its.finish(first(bad, its.context(900_000)))).toEqual(allDone);
    expect(its.park.parked.size).toBe(keys.length);
    let from = 1;
    for (const handler of [first, its.start()]) {
      its.ran.length = 0;
      const names = [...keys.map((key) => `good@${key}`), `other@${keys[0]}2`];
      const next = eventOf(names, { aggregate: true, from: from++ });
      expect(await its.finish(handler(next, its.context(900_000)))).toEqual(allDone);
      expect(its.ran).toEqual(["other"]);
    }
    expect(its.park.parked.size).toBe(3 * keys.length);
  });
});

describe("the name of a key", () => {
  it("has room in an item, and is of one key alone", () => {
    const key = fc.string({ unit: anyCharacter, maxLength: 3000 });
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Buffer.byteLength(nameOfKey(a))).toBeLessThanOrEqual(1024);
        expect(nameOfKey(a) === nameOfKey(b)).toBe(a === b);
      }),
    );
  });

  it("is the key itself where Kinesis takes it", () => {
    for (const key of ["customer-4711", "😀".repeat(256)]) expect(nameOfKey(key)).toBe(key);
  });
});
