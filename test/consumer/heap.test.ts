/** When the heap is looked at, and from when on it is tight. */
import { type KinesisConsumerOptions, kinesisConsumer, text } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { expect, it } from "vitest";
import { watchHeap } from "../../src/consumer/heap.ts";
import type { Runtime } from "../../src/handler/runtime.ts";

it("is looked at where 2 ms have gone since the last time, and is tight above its half", () => {
  let [now, looks, inUse] = [1000, 0, 0];
  const watch = watchHeap({
    clock: { now: () => now },
    heapInUse() {
      looks++;
      return inUse;
    },
  } as unknown as Runtime);
  const look = (at: number, use: number) => {
    [now, inUse] = [at, use];
    watch.hasNew = true;
    const { isTight } = watch;
    return [looks, isTight];
  };
  expect(watch.isTight).toBe(false);
  expect(look(1000, 0.5)).toEqual([1, false]);
  expect(look(1001, 0.9)).toEqual([1, false]);
  expect(look(1002, 0.51)).toEqual([2, true]);
  expect(look(1003, 0)).toEqual([2, true]);
  expect(look(1004, 0)).toEqual([3, false]);
  // Nothing has been decoded since.
  [now, inUse] = [2000, 1];
  expect([watch.isTight, looks]).toEqual([false, 3]);
  // The clock was set back.
  expect(look(10, 0.9)).toEqual([4, true]);
});

it.each([
  ["bytes", {}, 0],
  ["text", { decode: text() }, 1],
  ["text where nothing is in flight", { decode: text(), process() {} }, 0],
])("is looked at with %s in a batch this often", async (_, options, times) => {
  let looks = 0;
  const heapInUse = () => {
    looks++;
    return 0;
  };
  const handler = kinesisConsumer({
    ...{ consumer: "c", metrics: false, runtime: { heapInUse, write() {} } },
    async process() {},
    ...options,
  } as KinesisConsumerOptions<unknown>);
  await handler(kinesisEvent(["a"]));
  expect(looks).toBe(times);
});
