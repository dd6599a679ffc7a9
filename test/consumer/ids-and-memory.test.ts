/** A record that waits is read before its turn for its id alone, and keeps no value where memory is short. */
import {
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, eventOf, type Item, world } from "./world.ts";

function consumer(isShort: (decoded: number) => boolean, more: object = {}) {
  const its = world();
  const decoded: string[] = [];
  const asked: string[] = [];
  const ran: string[] = [];
  const handler = kinesisConsumer<Item>({
    ...{ consumer: "c", progress: memoryProgress(), metrics: false },
    runtime: { ...its.runtime, heapInUse: () => (isShort(decoded.length) ? 0.6 : 0.4) },
    async decode(data: Uint8Array) {
      await its.clock.sleep(3);
      const item = JSON.parse(Buffer.from(data).toString()) as Item;
      decoded.push(item.id);
      if (item.id === "broken") throw new Error("unreadable");
      return item;
    },
    uniqueId({ id }: Item) {
      asked.push(id);
      return id;
    },
    async process({ id }: Item) {
      await its.clock.sleep(100);
      ran.push(id);
    },
    ...more,
  } as KinesisConsumerOptions<Item>);
  return {
    ...{ decoded, asked, ran },
    invoke: (event: unknown) => its.finish(handler(event, its.context())),
  };
}

describe("records of one key that wait for the first", () => {
  const names = ["a@k", "b@k", "c@k"];

  it("are decoded once where there is memory", async () => {
    const { invoke, decoded, asked, ran } = consumer(() => false);
    expect(await invoke(eventOf(names))).toEqual(allDone);
    expect([decoded.toSorted(), asked.toSorted(), ran]).toEqual(Array(3).fill(["a", "b", "c"]));
  });

  it("are decoded once more where it is short, and asked for their ids once", async () => {
    const { invoke, decoded, asked, ran } = consumer((decoded) => decoded === 3);
    expect(await invoke(eventOf(names))).toEqual(allDone);
    expect(decoded).toEqual(["a", "b", "c", "c"]);
    expect([asked.toSorted(), ran]).toEqual(Array(2).fill(["a", "b", "c"]));
  });
});

it("a decoder that takes its time gives a record its id all the same", async () => {
  const { invoke, ran } = consumer(() => false);
  expect(await invoke(eventOf(["a@k", "a@m", "b"]))).toEqual(allDone);
  expect(await invoke(eventOf(["a@n", "c"], { from: 10 }))).toEqual(allDone);
  expect(ran).toEqual(["a", "b", "c"]);
});

it("a record that could not be read, and is the newest of which the log speaks, is not read again", async () => {
  const { invoke, decoded } = consumer(() => false, { park: memoryParking() });
  const event = eventOf(["broken"]);
  expect(await invoke(event)).toEqual(allDone);
  expect(await invoke(event)).toEqual(allDone);
  expect(decoded).toEqual(["broken"]);
});

it("a record whose id could not be told, and which is parked for it, is not asked again", async () => {
  const asked: string[] = [];
  const { invoke, ran } = consumer(() => false, {
    ...{ park: memoryParking(), maxAttempts: 1 },
    uniqueId({ id }: Item) {
      asked.push(id);
      if (id === "nameless") throw new Error("no id");
      return id;
    },
  });
  const event = eventOf(["nameless", "a"]);
  expect(await invoke(event)).toEqual(allDone);
  expect(await invoke(event)).toEqual(allDone);
  expect(asked.filter((id) => id === "nameless")).toHaveLength(1);
  expect(ran).toEqual(["a"]);
});
