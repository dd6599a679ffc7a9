/** A70 to A75: FilterCriteria. What patterns mean is in test/services/patterns. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compileFilters } from "../../../../packages/local/src/lambda/mapping/filters.ts";
import {
  MappingError,
  validateSettings,
} from "../../../../packages/local/src/lambda/mapping/index.ts";
import { rig } from "./rig.ts";

const origin = {
  shardId: "shardId-000000000000",
  eventSourceArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  roleArn: "arn:aws:iam::123456789012:role/lambda-role",
  region: "us-east-1",
};

const filters = (...patterns: (string | Record<string, unknown>)[]) => ({
  filters: patterns.map((pattern) => ({ pattern })),
});

const record = (data: string) => ({
  sequenceNumber: "1",
  partitionKey: "k",
  data: Buffer.from(data),
  approximateArrivalTimestamp: 0,
});

test("A70 a pattern on anything but data is taken, with a warning", async () => {
  const t = rig();
  t.put(["x"], "wanted");
  t.put(["y"], "other");
  const mapping = t.map({ filterCriteria: filters({ partitionKey: ["wanted"] }) });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["x"]]);
  expect(mapping.warnings).toEqual([
    'Filter 0 matches "partitionKey": AWS documents "data" as the only key for Kinesis.',
  ]);
});

test("A71 data is matched decoded and parsed, and delivered byte for byte", async () => {
  const t = rig();
  const bytes = '{ "state" : "paid",\n "total": 300.0, "state":"paid" }';
  t.put([bytes, '{"state":"open"}'], "k");
  await t.map({ filterCriteria: filters({ data: { state: ["paid"] } }) }).drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([[bytes]]);
});

test("A72 data that is no JSON is dropped where the pattern has data, and the checkpoint moves on", async () => {
  const t = rig();
  const placed = t.put(["no json", Buffer.from([0xff, 0xfe]), "", '{"a":1}', "no json"], "k");
  const mapping = t.map({ filterCriteria: filters({ data: { a: [1] } }) });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([['{"a":1}']]);
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(placed[4]!.sequenceNumber);
});

test("A72 without data in the pattern only the metadata decides", async () => {
  const t = rig();
  t.put(["no json"], "wanted");
  t.put(["no json"], "other");
  await t.map({ filterCriteria: filters({ partitionKey: [{ prefix: "want" }] }) }).drain();
  expect(t.deliveries.map(({ event }) => event.Records.length)).toEqual([1]);
});

test.each([
  '{"data":"text"}',
  '{"data":["text"]}',
  '{"data":{}}',
  '{"data":{"a":1}}',
  '{"$or":[{"data":["x"]},{"partitionKey":["x"]}]}',
  "[]",
  "{}",
  "no json",
])("A72 the pattern %s is refused", (pattern) => {
  const refused = () => validateSettings({ filterCriteria: filters(pattern) });
  expect(refused).toThrow(MappingError);
  expect(refused).toThrow("Invalid filter pattern definition.");
});

test("a pattern of more than 4096 characters is refused", () => {
  const pattern = (length: number) => `{"data":{"a":["${"x".repeat(length - 19)}"]}}`;
  expect(pattern(4096)).toHaveLength(4096);
  expect(() => compileFilters(filters(pattern(4096)))).not.toThrow();
  expect(() => compileFilters(filters(pattern(4097)))).toThrow(
    /at 'filterCriteria.filters.1.member.pattern' failed to satisfy constraint: Member must have length less than or equal to 4096$/,
  );
});

test("what is wrong with a pattern is the cause of its refusal, with the field", () => {
  const refused = () => compileFilters(filters('{"data":{"a":{"b":[{"prefix":7}]}}}'));
  expect(refused).toThrow(
    expect.objectContaining({
      message: "Invalid filter pattern definition.",
      cause: new TypeError('The field "data.a.b": "prefix" takes a string.'),
    }),
  );
});

test("of several patterns, the cause says which is wrong", () => {
  const given = filters({ data: { a: [1] } }, { data: { a: [{ prefix: 7 }] } });
  expect(() => compileFilters(given)).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({
        message: 'Filter 1: The field "data.a": "prefix" takes a string.',
      }),
    }),
  );
});

test("operators that AWS documents for EventBridge alone are taken, with a warning", () => {
  const rules = [{ wildcard: "a*" }, { cidr: "10.0.0.0/8" }, { "anything-but": { prefix: "x" } }];
  const { warnings } = compileFilters(filters({ data: { a: rules, b: [{ prefix: "x" }] } }));
  expect(warnings).toEqual(
    ["wildcard", "cidr", "anything-but prefix"].map(
      (operator) =>
        `Filter 0 uses "${operator}": AWS documents it for EventBridge, and not for the filters of a mapping.`,
    ),
  );
});

test("A72 where $or joins data and metadata, data that is no JSON is dropped too", () => {
  const pattern = { $or: [{ partitionKey: ["wanted"] }, { data: { a: [1] } }] };
  const { matches } = compileFilters(filters(pattern));
  const passes = (partitionKey: string, data: string) =>
    matches!({ ...record(data), partitionKey }, origin);
  expect(passes("wanted", '{"a":2}')).toBe(true);
  expect(passes("other", '{"a":1}')).toBe(true);
  expect(passes("other", '{"a":2}')).toBe(false);
  expect(passes("wanted", "no json")).toBe(false);
});

test("A73 filters are joined with OR, and there are five at most", async () => {
  const t = rig();
  t.put(['{"a":1}', '{"b":1}', '{"c":1}'], "k");
  const criteria = filters({ data: { a: [1] } }, { data: { c: [1] } });
  await t.map({ filterCriteria: criteria }).drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([['{"a":1}', '{"c":1}']]);
  const six = filters(...Array.from({ length: 6 }, () => ({ data: { a: [1] } })));
  expect(() => validateSettings({ filterCriteria: six })).toThrow(/less than or equal to 5/);
});

test("A74 what is filtered out moves the checkpoint, invokes nothing, and is counted", async () => {
  const t = rig();
  const placed = t.put(['{"a":2}', '{"a":3}'], "k");
  const mapping = t.map({ filterCriteria: filters({ data: { a: [1] } }) });
  await mapping.drain();
  expect(t.deliveries).toEqual([]);
  expect(mapping.metrics).toMatchObject({
    PolledEventCount: 2,
    FilteredOutEventCount: 2,
    InvokedEventCount: 0,
  });
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(placed[1]!.sequenceNumber);
  expect(mapping.lastProcessingResult).toBe("No records processed");
});

test("A75 compressed data is no JSON, so that a filter on data drops it", async () => {
  const t = rig();
  t.put([gzipSync('{"a":1}')], "k");
  const mapping = t.map({ filterCriteria: filters({ data: { a: [{ exists: true }] } }) });
  await mapping.drain();
  expect(mapping.metrics.FilteredOutEventCount).toBe(1);
});

test("empty filter criteria, and an update to them, let everything through", async () => {
  const t = rig();
  t.put(["x"]);
  const mapping = t.map({ filterCriteria: filters({ data: { a: [1] } }) });
  await mapping.drain();
  expect(t.deliveries).toEqual([]);
  mapping.update({ filterCriteria: {} });
  t.put(["y"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["y"]]);
});
