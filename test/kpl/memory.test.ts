import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { aggregate, deaggregate } from "shardmill/kpl";
import { expect, test } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** 13 characters: the shortest string that can be a part of another one, and keep all of it. */
const keyOf = (index: number) => String(index).padStart(13, "0");

test("a user record that is kept keeps its own key, not those of its whole aggregate", () => {
  const keys = 10_000;
  const users = Array.from({ length: keys }, (_, i) => ({
    partitionKey: keyOf(i),
    data: new Uint8Array(0),
  }));
  const { data } = aggregate(users);
  const kept: string[] = [];
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 100; i++) kept.push(deaggregate(data)![i]!.partitionKey);
  collectGarbage();
  const grown = process.memoryUsage().heapUsed - before;
  expect(kept[7]).toBe(keyOf(7));
  // A table has 150,000 bytes.
  expect(grown).toBeLessThan(100 * keys);
});
