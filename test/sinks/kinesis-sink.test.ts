import "@aws-sdk/client-kinesis";
import fc from "fast-check";
import {
  json,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
} from "shardmill";
import { deaggregate } from "shardmill/kpl";
import { type KinesisSinkOptions, kinesisSink } from "shardmill/sinks";
import { expect, it } from "vitest";
import { allDone, eventOf, type Item, world } from "../consumer/world.ts";
import { evenShards, type Sent, taken, throttled } from "../producer/fake.ts";
import { anyCourse, type Course, type Row, run } from "./deliveries.ts";

/** A stream that refuses the entries that `refuses` says, and what came into it. */
function stream(refuses: (text: string, request: number) => boolean = () => false, shards = 1) {
  const its = {
    requests: [] as Sent[][],
    listed: 0,
    taken: [] as { key: string; text: string }[],
    async send({ input }: any): Promise<unknown> {
      if (!input.Records) {
        its.listed++;
        return { Shards: evenShards(shards) };
      }
      its.requests.push(input.Records);
      const answers = input.Records.map(({ Data, PartitionKey }: Sent) => {
        const text = String(Buffer.from(Data));
        if (refuses(text, its.requests.length)) return throttled;
        its.taken.push({ key: PartitionKey, text });
        return taken(its.taken.length);
      });
      return { Records: answers };
    },
  };
  return its;
}

function copying(
  client: ReturnType<typeof stream>,
  sink: Partial<KinesisSinkOptions<Item>> = {},
  options: Partial<KinesisConsumerOptions<Item>> = {},
) {
  const its = world();
  const park = memoryParking();
  const handler = kinesisConsumer<Item>({
    consumer: "copy",
    decode: json(),
    progress: memoryProgress(),
    park,
    runtime: its.runtime,
    processBatch: kinesisSink<Item>({
      streamName: "other",
      client,
      runtime: its.runtime,
      data: ({ id }) => id,
      ...sink,
    }),
    ...options,
  } as KinesisConsumerOptions<Item>);
  const deliver = (names: readonly string[], ms?: number) =>
    its.finish(handler(eventOf(names) as never, its.context(ms) as never));
  return { ...its, deliver, park };
}

it("keeps the partition key, or takes another", async () => {
  const client = stream();
  await copying(client).deliver(["a@k"]);
  await copying(client, { partitionKey: ({ id }) => `of ${id}` }).deliver(["a@k"]);
  expect(client.taken).toEqual([
    { key: "k", text: "a" },
    { key: "of a", text: "a" },
  ]);
});

it("parks a record whose key is none, or that is larger than the stream takes", async () => {
  const client = stream();
  const key = copying(client, { partitionKey: ({ id }) => "x".repeat(257 * Number(id)) });
  expect(await key.deliver(["0", "1"])).toEqual(allDone);
  expect([...key.park.parked.values()].map(({ error }) => error.message)).toEqual([
    "kinesisSink: a partition key is well-formed text of 1 to 256 characters; this one has 0.",
    "kinesisSink: a partition key is well-formed text of 1 to 256 characters; this one has 257.",
  ]);
  const size = copying(client, { data: ({ id }) => "x".repeat(Number(id)), maxRecordBytes: 100 });
  expect(await size.deliver(["99", "98@k"])).toEqual(allDone);
  expect([...size.park.parked.values()].map(({ error }) => error.message)).toEqual([
    "kinesisSink: the record has 101 bytes with its partition key, and the stream takes 100.",
  ]);
});

it("keeps the order of a key when an entry is refused", async () => {
  const client = stream((text, request) => text === "1" && request < 3);
  expect(await copying(client).deliver(["1@a", "2@b", "3@a", "4@b"])).toEqual(allDone);
  expect(client.taken.filter(({ key }) => key === "a").map(({ text }) => text)).toEqual(["1", "3"]);
  expect(client.taken.filter(({ key }) => key === "b").map(({ text }) => text)).toEqual(["2", "4"]);
});

it("puts all of a batch at once where no order is asked for", async () => {
  const client = stream((text, request) => text === "1" && request < 2);
  await copying(client, { order: "none" }).deliver(["1@a", "2@a", "3@a"]);
  expect(client.taken.map(({ text }) => text)).toEqual(["2", "3", "1"]);
});

it("puts nothing of a key behind a record that could not be put, and counts that one alone as failed", async () => {
  const client = stream((text) => text === "1");
  const { deliver, logs, seen } = copying(client, {}, { on: (event) => void seen.push(event) });
  const answer = await deliver(["1@a", "2@b", "3@a"], 120_000);
  expect(answer.batchItemFailures).toHaveLength(1);
  expect(client.taken.map(({ text }) => text)).toEqual(["2"]);
  expect(seen.filter(({ type }) => type === "failed")).toHaveLength(1);
  expect(logs()[0]!.error.message).toMatch(
    /^other, partition key "a": given up after 30000 ms and \d+ requests\. The last one: ProvisionedThroughputExceededException: Rate exceeded/,
  );
});

it("puts nothing of a key behind a record of which nothing could be made", async () => {
  const client = stream();
  let isBroken = true;
  const { deliver } = copying(client, {
    data({ id }) {
      if (id === "1" && isBroken) throw new Error("The table is locked.");
      return id;
    },
  });
  await deliver(["1@a", "2@b", "3@a"]);
  expect(client.taken.map(({ text }) => text)).toEqual(["2"]);
  isBroken = false;
  expect(await deliver(["1@a", "2@b", "3@a"])).toEqual(allDone);
  expect(client.taken.map(({ text }) => text)).toEqual(["2", "1", "3"]);
});

it("ends with the invocation's time: what was refused has failed, and what had no turn is given back", async () => {
  const client = stream((text) => text === "1");
  const { deliver, seen } = copying(client, {}, { on: (event) => void seen.push(event) });
  await deliver(["1@a", "2@a"], 10_000);
  const { requests } = client;
  const sent = requests.length;
  expect(seen.filter(({ type }) => type === "failed")).toHaveLength(1);
  expect(seen.at(-1)).toMatchObject({ type: "settled", counts: { failed: 1, givenBack: 1 } });
  expect(sent).toBeGreaterThan(3);
  expect(requests.flat().every(({ Data }) => String(Buffer.from(Data)) === "1")).toBe(true);
});

it("asks for the shards once, whatever the batches are", async () => {
  const client = stream();
  const { deliver } = copying(client);
  for (const name of ["a", "b", "c"]) await deliver([name]);
  expect(client.listed).toBe(1);
});

it("makes aggregates where its readers take them apart", async () => {
  const client = stream();
  await copying(client, { aggregation: {} }).deliver(["1@a", "2@b", "3@a"]);
  expect(client.requests).toHaveLength(1);
  const [entry] = client.requests[0]!;
  const inner = deaggregate(entry!.Data)!.map(({ data, partitionKey }) => [
    partitionKey,
    String(Buffer.from(data)),
  ]);
  expect(inner).toEqual([
    ["a", "1"],
    ["b", "2"],
    ["a", "3"],
  ]);
});

it("refuses options that are none, by its own name", () => {
  const sink = (options: object) => () => kinesisSink({ streamName: "other", ...options });
  expect(sink({ order: "shard" })).toThrow(
    'kinesisSink: order must be "partitionKey" or "none"; it is shard.',
  );
  expect(sink({ ttlMs: 5 })).toThrow(/^kinesisSink: ttlMs /);
  expect(sink({ aggregation: { maxSize: 1 } })).toThrow(/^kinesisSink: aggregation\.maxSize /);
});

it("whatever is refused or dies, the records of a key are first seen in their order", () =>
  fc.assert(
    fc.asyncProperty(
      anyCourse(),
      fc.array(fc.nat({ max: 7 }), { maxLength: 12 }),
      async (drawn, refusals) => {
        const course: Course = { ...drawn, deliveries: [], late: [] };
        const client = stream(
          (text, request) => refusals[request] === (JSON.parse(text) as Row).id,
        );
        await run(course, {
          sink: (outside, runtime) =>
            kinesisSink<Row>({
              streamName: "other",
              runtime,
              client: { send: (one: any) => outside(() => client.send(one)) } as never,
            }),
        });
        const first = new Map<number, string>();
        for (const { key, text } of client.taken) {
          const { id } = JSON.parse(text) as Row;
          if (!first.has(id)) first.set(id, key);
        }
        expect(first.size).toBe(course.rows.length);
        for (const key of ["a", "b", "c"]) {
          const ids = [...first].filter(([, its]) => its === key).map(([id]) => id);
          expect(ids).toEqual(ids.toSorted((a, b) => a - b));
        }
      },
    ),
  ));
