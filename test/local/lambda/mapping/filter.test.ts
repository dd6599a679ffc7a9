/** A70 to A75: FilterCriteria, and EventBridge's operators. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compileFilters } from "../../../../src/local/lambda/mapping/filter/criteria.ts";
import { MappingError, validateSettings } from "../../../../src/local/lambda/mapping/index.ts";
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

/** Whether data, as JSON text, passes a pattern on `data`. */
function passes(pattern: string, data: string): boolean {
  const { matches } = compileFilters(filters(`{"data":${pattern}}`));
  const record = {
    sequenceNumber: "1",
    partitionKey: "k",
    data: Buffer.from(data),
    approximateArrivalTimestamp: 0,
  };
  return matches!(record, origin);
}

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
  ['{"data":"text"}'],
  ['{"data":["text"]}'],
  ['{"data":{}}'],
  ['{"data":{"a":1}}'],
  ['{"data":{"a":[]}}'],
  ['{"data":{"a":[{}]}}'],
  ['{"data":{"a":[{"prefix":"x","suffix":"y"}]}}'],
  ['{"data":{"a":[{"starts":"x"}]}}'],
  ['{"data":{"a":[["x"]]}}'],
  ['{"data":{"a":[{"prefix":1}]}}'],
  ['{"data":{"a":[{"exists":"yes"}]}}'],
  ['{"data":{"a":[{"numeric":[">"]}]}}'],
  ['{"data":{"a":[{"numeric":["!=",1]}]}}'],
  ['{"data":{"a":[{"numeric":[">",5,"<",1]}]}}'],
  ['{"data":{"a":[{"numeric":["<",5,">",1]}]}}'],
  ['{"data":{"a":[{"wildcard":"a**b"}]}}'],
  ['{"data":{"a":[{"cidr":"10.0.0.0"}]}}'],
  ['{"data":{"a":[{"anything-but":[]}]}}'],
  ['{"data":{"a":[{"anything-but":{"numeric":["=",1]}}]}}'],
  ['{"data":{"$or":[{"a":[1]}]}}'],
  ["[]"],
  ["no json"],
])("A72 the pattern %s is refused", (pattern) => {
  const refused = () => validateSettings({ filterCriteria: filters(pattern) });
  expect(refused).toThrow(MappingError);
  expect(refused).toThrow("Invalid filter pattern definition.");
});

test.each<[pattern: string, matching: string[], other: string[]]>([
  ['{"a":["x"]}', ['{"a":"x"}', '{"a":["y","x"]}'], ['{"a":"X"}', "{}", '{"a":{"b":"x"}}']],
  ['{"a":["x","y"]}', ['{"a":"x"}', '{"a":"y"}'], ['{"a":"z"}']],
  ['{"a":[""]}', ['{"a":""}'], ['{"a":null}', "{}"]],
  ['{"a":[null]}', ['{"a":null}'], ['{"a":""}', "{}"]],
  ['{"a":[true]}', ['{"a":true}'], ['{"a":"true"}', '{"a":false}']],
  ['{"a":[300]}', ['{"a":300}'], ['{"a":300.0}', '{"a":3e2}', '{"a":"300"}']],
  ['{"a":[300.0]}', ['{"a":300.0}'], ['{"a":300}']],
  ['{"a":["x"],"b":["y"]}', ['{"a":"x","b":"y"}'], ['{"a":"x"}', '{"b":"y"}']],
  ['{"a":{"b":{"c":[1]}}}', ['{"a":{"b":{"c":1}}}', '{"a":[{"b":{"c":1}}]}'], ['{"a":{"c":1}}']],
  ['{"a":[{"anything-but":"x"}]}', ['{"a":"y"}', '{"a":1}'], ['{"a":"x"}', "{}"]],
  ['{"a":[{"anything-but":["x","y"]}]}', ['{"a":"z"}'], ['{"a":"x"}', '{"a":"y"}']],
  ['{"a":[{"anything-but":[1,2]}]}', ['{"a":3}'], ['{"a":1}']],
  ['{"a":[{"anything-but":{"prefix":"in"}}]}', ['{"a":"out"}'], ['{"a":"inner"}']],
  ['{"a":[{"anything-but":{"suffix":["er","or"]}}]}', ['{"a":"out"}'], ['{"a":"inner"}']],
  ['{"a":[{"anything-but":{"equals-ignore-case":"x"}}]}', ['{"a":"y"}'], ['{"a":"X"}']],
  ['{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}', ['{"a":"b/c"}'], ['{"a":"b/lib/c"}']],
  ['{"a":[{"numeric":["=",300]}]}', ['{"a":300}', '{"a":300.0}'], ['{"a":"300"}', '{"a":301}']],
  ['{"a":[{"numeric":["<",5]}]}', ['{"a":4.9}', '{"a":-1e3}'], ['{"a":5}']],
  ['{"a":[{"numeric":[">",0,"<=",5]}]}', ['{"a":5}', '{"a":0.1}'], ['{"a":0}', '{"a":6}']],
  ['{"a":[{"exists":true}]}', ['{"a":null}', '{"a":0}'], ["{}", '{"a":{"b":1}}', '{"a":[]}']],
  ['{"a":[{"exists":false}]}', ["{}", '{"b":1}'], ['{"a":1}']],
  ['{"a":[{"prefix":"ab"}]}', ['{"a":"abc"}'], ['{"a":"cab"}', '{"a":12}']],
  ['{"a":[{"prefix":{"equals-ignore-case":"AB"}}]}', ['{"a":"abc"}'], ['{"a":"bc"}']],
  ['{"a":[{"suffix":"bc"}]}', ['{"a":"abc"}'], ['{"a":"bca"}']],
  ['{"a":[{"suffix":{"equals-ignore-case":"BC"}}]}', ['{"a":"abc"}'], ['{"a":"b"}']],
  ['{"a":[{"equals-ignore-case":"AbC"}]}', ['{"a":"aBc"}'], ['{"a":"abcd"}']],
  [
    '{"a":[{"wildcard":"dir/*.png"}]}',
    ['{"a":"dir/x.png"}', '{"a":"dir/.png"}'],
    ['{"a":"dir/xpng"}'],
  ],
  ['{"a":[{"wildcard":"a\\\\*b"}]}', ['{"a":"a*b"}'], ['{"a":"axb"}']],
  ['{"a":[{"cidr":"10.0.0.0/24"}]}', ['{"a":"10.0.0.255"}'], ['{"a":"10.0.1.0"}', '{"a":"x"}']],
  ['{"$or":[{"a":[1]},{"b":[2]}]}', ['{"a":1}', '{"b":2}'], ['{"a":2,"b":1}']],
  ['{"c":[3],"$or":[{"a":[1]},{"b":[2]}]}', ['{"c":3,"a":1}'], ['{"a":1}', '{"c":3}']],
  ['{"x":{"$or":[{"a":[{"numeric":[">",5]}]},{"b":[2]}]}}', ['{"x":{"a":6}}'], ['{"a":6}']],
  ['{"a":[1],"a":[2]}', ['{"a":2}', '{"a":1,"a":2}'], ['{"a":1}', '{"a":2,"a":1}']],
])("A73 %s", (pattern, matching, other) => {
  for (const data of matching) expect([data, passes(pattern, data)]).toEqual([data, true]);
  for (const data of other) expect([data, passes(pattern, data)]).toEqual([data, false]);
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
