import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type InputRecord,
  openInput,
  type ReadInputOptions,
  readInput,
  recordedLine,
} from "../../../packages/cli/src/input/index.ts";
import { kinesisEvent } from "../../../src/testing/kinesis-event.ts";
import { anyCharacter } from "../../any-character.ts";

const folder = mkdtempSync(join(tmpdir(), "shardmill-input-"));

async function readFile(name: string, content: string | Uint8Array, options?: ReadInputOptions) {
  const file = join(folder, name);
  writeFileSync(file, content);
  return all(readInput(await openInput(file), options));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const texts = (records: readonly InputRecord[]) =>
  records.map(({ data }) => Buffer.from(data).toString());

const event = kinesisEvent([{ id: 1 }, { id: 2 }], {
  partitionKey: ({ id }) => `k${id}`,
  arrival: Date.UTC(2026, 0, 1),
});

const document = {
  requestContext: {
    requestId: "r",
    functionArn: "arn:aws:lambda:us-east-1:123456789012:function:orders:live",
    condition: "RetryAttemptsExhausted",
    approximateInvokeCount: 3,
  },
  version: "1.0",
  timestamp: "2026-01-01T00:00:00.000Z",
  KinesisBatchInfo: {
    shardId: "shardId-000000000000",
    startSequenceNumber: "11",
    endSequenceNumber: "22",
    approximateArrivalOfFirstRecord: "2026-01-01T00:00:00.000Z",
    batchSize: 2,
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  },
};

it.each(["clean-logs", "clean-logs-from-stream"])(
  "an event of Firehose (%s) has its records, on one line and on many",
  async (name) => {
    const text = readFileSync(new URL(`../../../events/${name}.json`, import.meta.url), "utf8");
    const { records } = JSON.parse(text);
    for (const written of [text, JSON.stringify(JSON.parse(text))]) {
      const found = await readFile("firehose.json", written);
      expect(texts(found)).toEqual(records.map(({ data }: any) => atob(data)));
      expect(found.map(({ arrival, partitionKey }) => [arrival, partitionKey])).toEqual(
        records.map((record: any) => [
          record.approximateArrivalTimestamp,
          record.kinesisRecordMetadata?.partitionKey,
        ]),
      );
    }
  },
);

it.each([
  ["no base64", { data: "é" }, "records[0].data is no base64"],
  [
    "no time",
    { data: "", approximateArrivalTimestamp: "now" },
    "records[0].approximateArrivalTimestamp is no number",
  ],
])("an event of Firehose with %s is refused", async (_, record, why) => {
  const event = { deliveryStreamArn: "arn", records: [{ recordId: "1", ...record }] };
  await expect(readFile("firehose.json", JSON.stringify(event))).rejects.toThrow(why);
});

it.each([
  ["on one line", JSON.stringify(event), [1, 1]],
  ["on many lines", `\n${JSON.stringify(event, null, 2)}`, [8, 24]],
])("an event %s has its records, each with its place", async (_, text, lines) => {
  const records = await readFile("event.json", text);
  expect(texts(records)).toEqual(['{"id":1}', '{"id":2}']);
  expect(records).toMatchObject(
    event.Records.map(({ eventSourceARN, kinesis: { partitionKey, sequenceNumber } }, index) => ({
      ...{ partitionKey, sequenceNumber, shardId: "shardId-000000000000" },
      arrival: Math.round(event.Records[index]!.kinesis.approximateArrivalTimestamp * 1000),
      streamArn: eventSourceARN,
      source: { line: lines[index] },
    })),
  );
});

it("the events of this repository can be read", async () => {
  const records = await all(readInput(await openInput("events/departures.json")));
  expect(records.length).toBe(
    JSON.parse(readFileSync("events/departures.json", "utf8")).Records.length,
  );
});

it("events may stand one a line, between failure documents with their event", async () => {
  const lines = [event, { ...document, payload: JSON.stringify(event) }];
  const records = await readFile("log", lines.map((line) => JSON.stringify(line)).join("\n"));
  expect(texts(records)).toHaveLength(4);
  expect(records.map(({ source }) => source.line)).toEqual([1, 1, 2, 2]);
});

it("a failure document without data is read from the stream by whoever can", async () => {
  await expect(readFile("failed.json", JSON.stringify(document, null, 2))).rejects.toThrow(
    "failed.json:1: this failure document holds no data, only where it stands: shardId-000000000000, 11 to 22.",
  );
  const topic = { Type: "Notification", Message: JSON.stringify(document) };
  const batches: unknown[] = [];
  const read = await readFile("failed.json", JSON.stringify(topic), {
    async *readFailed(batch) {
      batches.push(batch);
      yield { data: Buffer.from("read"), source: batch.source };
    },
  });
  expect(texts(read)).toEqual(["read"]);
  expect(batches).toMatchObject([
    {
      streamArn: document.KinesisBatchInfo.streamArn,
      shardId: "shardId-000000000000",
      range: { first: "11", last: "22" },
      batchSize: 2,
      condition: "RetryAttemptsExhausted",
      functionArn: document.requestContext.functionArn,
      firstArrival: Date.UTC(2026, 0, 1),
    },
  ]);
});

it.each([
  [
    "this failure document has no KinesisBatchInfo.streamArn",
    { ...document, KinesisBatchInfo: { shardId: "s" } },
  ],
  ["the payload of this failure document is no event of a stream", { ...document, payload: "{" }],
  ["Records[0].kinesis.partitionKey is no text", { Records: [{ kinesis: { data: "" } }] }],
  [
    "Records[0].kinesis.data is no base64",
    { Records: [{ kinesis: { partitionKey: "k", data: "é" } }] },
  ],
])("it is said with its place: %s", async (message, value) => {
  await expect(readFile("bad.json", JSON.stringify(value))).rejects.toThrow(
    `bad.json:1: ${message}`,
  );
});

it("what was recorded is read as it was, whatever its bytes are", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          shardId: fc.constant("shardId-000000000000"),
          sequenceNumber: fc.bigInt({ min: 1n, max: 2n ** 185n }).map(String),
          arrival: fc.integer({ min: 0, max: 4e12 }),
          partitionKey: fc.string({ minLength: 1, unit: "grapheme" }),
          data: fc.oneof(
            fc.uint8Array(),
            fc.string({ unit: anyCharacter }).map((text) => new Uint8Array(Buffer.from(text))),
          ),
        }),
        { minLength: 1 },
      ),
      async (records) => {
        const chunks = async function* () {
          yield Buffer.from(records.map(recordedLine).join(""));
        };
        const found = await all(readInput({ file: "-", chunks: chunks() }));
        expect(
          found.map(({ source, data, ...record }) => ({ ...record, data: [...data] })),
        ).toEqual(records.map((record) => ({ ...record, data: [...record.data] })));
      },
    ),
    { numRuns: 50 },
  );
});

it("a file that gzip has packed is unpacked, and a broken one is said", async () => {
  expect(texts(await readFile("a.ndjson.gz", gzipSync("1\n2\n")))).toEqual(["1", "2"]);
  await expect(readFile("b.ndjson.gz", "no gzip")).rejects.toThrow("b.ndjson.gz: incorrect header");
});

it("what cannot be opened is said", async () => {
  await expect(openInput("none.csv")).rejects.toThrow(
    "cannot read none.csv: there is no such file.",
  );
  await expect(openInput(folder)).rejects.toThrow(`cannot read ${folder}: it is a folder.`);
});
