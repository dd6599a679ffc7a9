import { expect, it } from "vitest";
import { watchShards } from "../../src/producer/shards.ts";

it("records wait for the shards a second from when Kinesis is asked, however long the SDK takes to load", () => {
  let now = 0;
  let asked = () => {};
  const shards = watchShards({
    now: () => now,
    list: (onAsked) => {
      asked = onAsked;
      return new Promise(() => {});
    },
    onMap: () => {},
    onListed: () => {},
    isAggregating: true,
  });
  shards.look();
  now = 900;
  asked();
  now = 1899;
  expect([shards.mode, shards.wakeAt]).toEqual(["wait", 1900]);
  now = 1900;
  expect(shards.mode).toBe("plain");
});
