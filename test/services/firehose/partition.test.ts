import { expect, test } from "vitest";
import { answering, base64, lambdaProcessor, processing, processor, rig, toS3 } from "./rig.ts";

const partitioned = (prefix: string, ...processors: object[]) =>
  toS3({
    Prefix: prefix,
    ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
    DynamicPartitioningConfiguration: { Enabled: true },
    ...processing(...processors),
  });

const query = (MetadataExtractionQuery: string) =>
  processor("MetadataExtraction", { MetadataExtractionQuery, JsonParsingEngine: "JQ-1.6" });

const newline = processor("AppendDelimiterToRecord", { Delimiter: "\\n" });

test("Each combination of keys has its own objects.", async () => {
  const { stream, put, keys, texts } = rig(
    partitioned(
      "customer=!{partitionKeyFromQuery:customer}/year=!{partitionKeyFromQuery:year}/",
      query('{customer:.customer_id,year:.at|strftime("%Y")}'),
      newline,
    ),
  );
  put(
    '{"customer_id":"7","at":1735689600}',
    '{"customer_id":"8","at":1735689600}',
    '{"customer_id":"7","at":1767225600}',
    '{"customer_id":"7","at":1735689601}',
  );
  await stream.drain();
  expect(
    keys()
      .map((key) => key.split("/").slice(0, 2).join("/"))
      .sort(),
  ).toEqual(["customer=7/year=2025", "customer=7/year=2026", "customer=8/year=2025"]);
  expect(texts("customer=7/year=2025/")).toEqual([
    '{"customer_id":"7","at":1735689600}\n{"customer_id":"7","at":1735689601}\n',
  ]);
});

test("Numbers and booleans in a query's result are keys as text.", async () => {
  const { stream, put, keys } = rig(
    partitioned(
      "!{partitionKeyFromQuery:id}-!{partitionKeyFromQuery:ok}/",
      query("{id:.id,ok:.ok}"),
    ),
  );
  put('{"id":7,"ok":false}');
  await stream.drain();
  expect(keys()[0]).toMatch(/^7-false\//);
});

test("Keys from the function and from the query stand side by side.", async () => {
  const invoke = answering((value) => ({
    result: "Ok",
    data: base64(value.toUpperCase()),
    metadata: { partitionKeys: { day: "monday" } },
  }));
  const { stream, put, keys, texts } = rig(
    partitioned(
      "!{partitionKeyFromLambda:day}/!{partitionKeyFromQuery:kind}/!{timestamp:yyyy}/",
      // The query sees what the function answered.
      query("{kind:.KIND}"),
      lambdaProcessor(),
    ),
    { invoke },
  );
  put('{"kind":"a"}');
  await stream.drain();
  expect(keys()[0]).toMatch(/^monday\/A\/2026\/orders-1-/);
  expect(texts()).toEqual(['{"KIND":"A"}']);
});

const byId = partitioned("!{partitionKeyFromQuery:id}/", query("{id:.id}"));

test.each([
  ["a record that is not JSON", "no json", "Non JSON record provided"],
  ["several objects in one record", '{"id":1}{"id":2}', "Non JSON record provided"],
  ["a key that is missing", '{"other":1}', "partitionKeys values must not be null or empty"],
  ["a key that is empty", '{"id":""}', "partitionKeys values must not be null or empty"],
  ["a key that is no text", '{"id":[1]}', "The key id is [1], and must be text."],
  ["a query that fails", "[1]", 'Cannot index array with "id"'],
  ["a prefix that gets longer than 512 characters", `{"id":"${"x".repeat(512)}"}`, "more than 512"],
])("Fails as metadata-extraction-failed: %s.", async (_, value, message) => {
  const { stream, put, failures, keys } = rig(byId);
  put(value);
  await stream.drain();
  expect(keys()[0]).toMatch(/^failed\/metadata-extraction-failed\//);
  const [failure] = failures("metadata-extraction-failed");
  expect(failure).toMatchObject({
    errorCode: "DynamicPartitioning.MetadataExtractionFailed",
    errorMessage: expect.stringContaining(message),
    attemptsMade: 1,
  });
  expect(failure?.rawData.toString()).toBe(value);
});

test("The function's keys that a prefix names must be there.", async () => {
  const invoke = answering((value) => ({ result: "Ok", data: base64(value) }));
  const { stream, put, failures } = rig(
    partitioned("!{partitionKeyFromLambda:day}/", lambdaProcessor()),
    { invoke },
  );
  put("a");
  await stream.drain();
  expect(failures("metadata-extraction-failed")).toHaveLength(1);
});

test("Records beyond the limit of active partitions fail, until partitions are delivered.", async () => {
  const { stream, put, failures, texts } = rig(byId, { activePartitions: 2 });
  put('{"id":"a"}', '{"id":"b"}', '{"id":"c"}', '{"id":"a"}');
  await stream.drain();
  expect(failures("activePartitionExceeded")).toMatchObject([
    {
      rawData: Buffer.from('{"id":"c"}'),
      errorCode: "DynamicPartitioning.ActivePartitionsLimitExceeded",
      errorMessage: "The number of active partitions has exceeded the configured limit",
    },
  ]);
  put('{"id":"c"}');
  await stream.drain();
  expect(texts("c/")).toEqual(['{"id":"c"}']);
  expect(stream.counts).toMatchObject({ delivered: 4, failed: 1, incoming: 5 });
});

test("An object of a partition is tried for the retry duration of dynamic partitioning.", async () => {
  const settings = toS3({
    ...byId.ExtendedS3DestinationConfiguration,
    DynamicPartitioningConfiguration: { Enabled: true, RetryOptions: { DurationInSeconds: 60 } },
  });
  const { stream, put, clock } = rig(settings, {
    bucket: {
      put() {
        throw new Error("503");
      },
    },
  });
  const at = clock.now();
  put('{"id":"a"}');
  await stream.drain();
  expect(clock.now()).toBe(at + 300_000 + 60_000);
  expect(stream.counts).toMatchObject({ lost: 1 });
});

const id = query("{id:.id}");
test.each([
  [
    "no error prefix",
    toS3({
      Prefix: "!{partitionKeyFromQuery:id}/",
      DynamicPartitioningConfiguration: { Enabled: true },
      ...processing(id),
    }),
    "ErrorOutputPrefix is missing",
  ],
  [
    "nothing that gives keys",
    partitioned("!{partitionKeyFromQuery:id}/", newline),
    "needs a MetadataExtraction or a Lambda processor",
  ],
  [
    "a prefix without keys",
    partitioned("!{timestamp:yyyy}/", id),
    "must have a !{partitionKeyFromQuery",
  ],
  [
    "keys of a query that is not there",
    partitioned("!{partitionKeyFromQuery:id}/", lambdaProcessor()),
    "no MetadataExtraction processor",
  ],
  [
    "keys of a function that is not there",
    partitioned("!{partitionKeyFromLambda:id}/", id),
    "no Lambda processor",
  ],
  [
    "a query that is no jq",
    partitioned("!{partitionKeyFromQuery:id}/", query("{id:")),
    "Unexpected the end",
  ],
  [
    "a query with functions that are not known",
    partitioned("!{partitionKeyFromQuery:id}/", query("{id:nope}")),
    "nope/0 is not defined",
  ],
  [
    "a query that changes its record",
    partitioned("!{partitionKeyFromQuery:id}/", query(".id = 1")),
    "Assignments (=) are not read here",
  ],
  [
    "a buffer below 64 MiB",
    toS3({
      ...partitioned("!{partitionKeyFromQuery:id}/", id).ExtendedS3DestinationConfiguration,
      BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
    }),
    "a number from 64 to 128",
  ],
  [
    "zero buffering",
    toS3({
      ...partitioned("!{partitionKeyFromQuery:id}/", id).ExtendedS3DestinationConfiguration,
      BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 0 },
    }),
    "cannot be 0 s",
  ],
  ["a query without partitioning", toS3(processing(id)), "needs dynamic partitioning"],
])("Refused: %s.", (_, settings, why) => {
  expect(() => rig(settings, { invoke: () => undefined })).toThrow(why);
});
