import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { echo, lambdaProcessor, processing, processor, rig, text, toS3 } from "./rig.ts";

const split = (parameters: Readonly<Record<string, string>>) =>
  processor("RecordDeAggregation", parameters);
const withNewlines = processor("AppendDelimiterToRecord");

test.each([
  [
    "JSON objects in a row",
    { SubRecordType: "JSON" },
    '{"a":1}{"a":"}{\\""} \n{"a":{"b":{}}}\n',
    ['{"a":1}', '{"a":"}{\\""}', '{"a":{"b":{}}}'],
  ],
  [
    "delimited records",
    { SubRecordType: "DELIMITED", Delimiter: "IyMjIw==" },
    "a####b####",
    ["a", "b"],
  ],
  [
    "delimited records without an end",
    { SubRecordType: "DELIMITED", Delimiter: "Cg==" },
    "a\n\nb",
    ["a", "b"],
  ],
  ["a list, which is no JSON object", { SubRecordType: "JSON" }, '[{"a":1}]', ['[{"a":1}]']],
  ["an object that does not end", { SubRecordType: "JSON" }, '{"a":1}{"a"', ['{"a":1}{"a"']],
])("De-aggregation of %s.", async (_, parameters, record, expected) => {
  const { stream, put, texts } = rig(toS3(processing(split(parameters), withNewlines)));
  put(record);
  await stream.drain();
  expect(texts()).toEqual([expected.map((one) => `${one}\n`).join("")]);
});

test("The function gets sub-records, each under its own id.", async () => {
  const { stream, put, events } = rig(
    toS3(processing(lambdaProcessor(), split({ SubRecordType: "JSON" }))),
    { invoke: echo },
  );
  put('{"a":1}{"a":2}');
  await stream.drain();
  const records = events.flatMap((event) => event.records);
  expect(records.map(({ data }) => text(data))).toEqual(['{"a":1}', '{"a":2}']);
  expect(new Set(records.map(({ recordId }) => recordId)).size).toBe(2);
});

test("A record of 500 sub-records is split; one of 501 goes to the function as it is.", async () => {
  const of = (count: number) => '{"a":1}'.repeat(count);
  const { stream, put, events } = rig(
    toS3(processing(lambdaProcessor(), split({ SubRecordType: "JSON" }))),
    { invoke: echo },
  );
  put(of(500), of(501));
  await stream.drain();
  expect(events.flatMap(({ records }) => records)).toHaveLength(501);
  expect(text(events[0]!.records[500]!.data)).toBe(of(501));
});

const gunzip = processor("Decompression", { CompressionFormat: "GZIP" });
const messages = processor("CloudWatchLogProcessing", { DataMessageExtraction: "true" });

const envelope = (...texts: string[]) =>
  gzipSync(
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      owner: "123456789012",
      logGroup: "group",
      logStream: "stream",
      subscriptionFilters: ["all"],
      logEvents: texts.map((message, id) => ({ id: String(id), timestamp: 1, message })),
    }),
  );

test("What CloudWatch Logs compressed is decompressed.", async () => {
  const { stream, texts } = rig(toS3(processing(gunzip)));
  stream.put(envelope("a"));
  await stream.drain();
  expect(JSON.parse(texts()[0]!)).toMatchObject({ logEvents: [{ message: "a" }] });
});

test("Message extraction leaves the messages, a line each.", async () => {
  const { stream, texts } = rig(toS3(processing(messages, gunzip)));
  stream.put(envelope("a", "b"));
  stream.put(envelope("c"));
  await stream.drain();
  expect(texts()).toEqual(["a\nb\nc\n"]);
});

test("What cannot be decompressed goes to decompression-failed as it came.", async () => {
  const { stream, put, failures } = rig(toS3(processing(gunzip)));
  put("plain");
  await stream.drain();
  expect(failures("decompression-failed").map(({ rawData }) => rawData.toString())).toEqual([
    "plain",
  ]);
});

test("Sub-records that fail after decompression are kept as they came, all in one.", async () => {
  const { stream, failures } = rig(
    toS3(processing(gunzip, split({ SubRecordType: "JSON" }), lambdaProcessor())),
    { invoke: () => ({ records: [] }) },
  );
  const came = gzipSync('{"a":1}{"a":2}');
  stream.put(came);
  await stream.drain();
  expect(failures("processing-failed").map(({ rawData }) => Buffer.compare(rawData, came))).toEqual(
    [0, 0],
  );
});

test("What fails after decompression is kept as it came.", async () => {
  const { stream, failures } = rig(toS3(processing(gunzip, lambdaProcessor())), {
    invoke: () => ({ records: [] }),
  });
  const came = envelope("a");
  stream.put(came);
  await stream.drain();
  expect(Buffer.compare(failures("processing-failed")[0]!.rawData, came)).toBe(0);
});
