import { expect, test } from "vitest";
import { bytes, put, read, shardId, simulated, stream, values } from "./simulated.ts";

test("listeners hear of every shard that records have arrived in, once for a request", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 2 });
  const heard: string[] = [];
  kinesis.onChange(stream, (shard) => heard.push(shard));
  const record = (explicitHashKey: string) => ({
    partitionKey: "a",
    data: bytes(""),
    explicitHashKey,
  });
  const top = "340282366920938463463374607431768211455";
  kinesis.putRecords({ stream, records: [record(top), record("0"), record(top)] });
  kinesis.putRecord({ stream, ...record(top) });
  expect(heard).toEqual([shardId(1), shardId(0), shardId(1)]);
});

test("listeners hear of shards that close and of their children", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const heard: string[] = [];
  kinesis.onChange(stream, (shard) => heard.push(shard));
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  expect(heard).toEqual([0, 1, 2].map(shardId));
});

test("what a listener hears of can already be read", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const seen: string[][] = [];
  kinesis.onChange(stream, (shard) => seen.push(values(read(kinesis, shard))));
  put(kinesis, "a");
  put(kinesis, "b");
  expect(seen).toEqual([["a"], ["a", "b"]]);
});

test("a listener hears nothing of other streams, and nothing after its end", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  kinesis.createStream({ name: "other" });
  const heard: string[] = [];
  const listen = () => kinesis.onChange(stream, (shard) => heard.push(shard));
  const end = listen();
  listen();
  kinesis.putRecord({ stream: "other", partitionKey: "a", data: bytes("") });
  expect(heard).toEqual([]);
  end();
  put(kinesis, "a");
  expect(heard).toEqual([shardId(0)]);
});
