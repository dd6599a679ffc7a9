import { expect, test } from "vitest";
import {
  type DeliveryStreamOptions,
  type EndpointRequest,
  type EndpointResponse,
  memoryBucket,
} from "../../../packages/services/src/firehose/index.ts";
import { describeStream } from "../../../packages/services/src/firehose/server/describe.ts";
import { bucketArn, rig } from "./rig.ts";

const domainArn = "arn:aws:es:us-east-1:123456789012:domain/search";

const toSearch = (more: object = {}) => ({
  AmazonopensearchserviceDestinationConfiguration: {
    DomainARN: domainArn,
    IndexName: "orders",
    RoleARN: "arn:aws:iam::123456789012:role/firehose",
    S3Configuration: { BucketARN: bucketArn },
    ...more,
  },
});

type Item = { readonly status: number; readonly error?: object };

const answer = (status: number, body: unknown): EndpointResponse => ({
  status,
  headers: {},
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});

/** Action and document of each pair of lines. */
const pairsIn = (lines: string) =>
  lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .flatMap((line, at, all) => (at % 2 === 0 ? [[line, all[at + 1]] as const] : []));

/** A server that says of each document what `item` says; a number is the status of the whole request. */
function server(
  item: (document: any, attempt: number) => Item | number | "reset",
  settings: object = toSearch(),
  options: Pick<DeliveryStreamOptions, "outbox"> = {},
) {
  const requests: EndpointRequest[] = [];
  const times: number[] = [];
  const at = rig(settings, {
    opensearch: "http://localhost:9200/",
    async send(request) {
      requests.push(request);
      times.push(at.clock.now());
      const items = pairsIn(Buffer.from(request.body).toString()).map(([, document]) =>
        item(document, requests.length),
      );
      const [first] = items;
      if (first === "reset") throw new Error("socket hang up");
      if (typeof first === "number") return answer(first, { error: "no" });
      return answer(200, { items: items.map((index) => ({ index })) });
    },
    ...options,
  });
  const documents = () =>
    requests.flatMap(({ body }) => pairsIn(Buffer.from(body).toString())) as [any, any][];
  const pauses = () => times.slice(1).map((time, i) => (time - times[i]!) / 1000);
  return { ...at, requests, documents, pauses };
}

const created = { status: 201 };
const rejected = { status: 429, error: { type: "rejected_execution_exception", reason: "busy" } };
const unparsable = {
  status: 400,
  error: { type: "mapper_parsing_exception", reason: "no number" },
};

test("a record is a document in the index of its day, under its id.", async () => {
  const { stream, put, documents, requests, clock } = server(() => created);
  const [first, second] = put('{"n":1}', '{"n":2}\n');
  await stream.drain();
  expect(requests.map(({ url }) => url)).toEqual(["http://localhost:9200/_bulk"]);
  expect(requests[0]!.headers).toEqual({ "Content-Type": "application/x-ndjson" });
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  expect(documents()).toEqual([
    [{ index: { _index: `orders-${day}`, _id: first } }, { n: 1 }],
    [{ index: { _index: `orders-${day}`, _id: second } }, { n: 2 }],
  ]);
  expect(stream.counts).toMatchObject({ incoming: 2, delivered: 2, failed: 0 });
});

test.each([
  ["NoRotation", /^orders$/],
  ["OneHour", /^orders-\d{4}-\d\d-\d\d-\d\d$/],
  ["OneWeek", /^orders-\d{4}-w\d\d$/],
  ["OneMonth", /^orders-\d{4}-\d\d$/],
])("the index rotates by %s.", async (IndexRotationPeriod, name) => {
  const { stream, put, documents } = server(() => created, toSearch({ IndexRotationPeriod }));
  put("{}");
  await stream.drain();
  expect(documents()[0]![0].index._index).toMatch(name);
});

test("the index is that of the arrival, also when the document is tried again after midnight.", async () => {
  const { stream, put, documents, clock } = server(
    (_, attempt) => (attempt < 12 ? rejected : created),
    toSearch({ RetryOptions: { DurationInSeconds: 7200 } }),
  );
  const untilMidnight = 86_400_000 - (clock.now() % 86_400_000);
  await clock.advance(untilMidnight - 1000);
  const arrived = clock.now();
  put("{}");
  await stream.flush();
  expect(new Date(clock.now()).getUTCDate()).not.toBe(new Date(arrived).getUTCDate());
  const day = new Date(arrived).toISOString().slice(0, 10);
  expect(new Set(documents().map(([{ index }]) => index._index))).toEqual(
    new Set([`orders-${day}`]),
  );
});

test("without document ids OpenSearch makes them up.", async () => {
  const settings = toSearch({ DocumentIdOptions: { DefaultDocumentIdFormat: "NO_DOCUMENT_ID" } });
  const { stream, put, documents } = server(() => created, settings);
  put("{}");
  await stream.drain();
  expect(documents()[0]![0].index).not.toHaveProperty("_id");
});

test("only what was refused is sent again, under the same id.", async () => {
  const { stream, put, documents } = server(({ n }, attempt) =>
    n === 2 && attempt === 1 ? rejected : created,
  );
  const ids = put('{"n":1}', '{"n":2}', '{"n":3}');
  await stream.drain();
  expect(documents().map(([{ index }]) => index._id)).toEqual([...ids, ids[1]]);
  expect(stream.counts).toMatchObject({ delivered: 3, failed: 0 });
});

test("a document that cannot be one is not tried again: it lies in the failure object.", async () => {
  const { stream, put, requests, failures, keys, texts } = server(({ n }) =>
    n === "x" ? unparsable : created,
  );
  const [, bad] = put('{"n":1}', '{"n":"x"}');
  await stream.drain();
  expect(requests).toHaveLength(1);
  const [failure] = failures("AmazonOpenSearchService-failed");
  expect(failure).toMatchObject({ errorCode: "400", attemptsMade: 1 });
  expect(Buffer.from(failure!.rawData).toString()).toBe('{"n":"x"}');
  const key = keys().find((key) => key.includes("failed"))!;
  expect(key).toMatch(/^AmazonOpenSearchService-failed\/\d{4}\//);
  const line = JSON.parse(texts(key)[0]!);
  expect(Object.keys(line)).toEqual([
    "attemptsMade",
    "arrivalTimestamp",
    "errorCode",
    "errorMessage",
    "attemptEndingTimestamp",
    "esDocumentId",
    "esIndexName",
    "rawData",
  ]);
  expect(line).toMatchObject({
    esDocumentId: bad,
    errorMessage: '{"type":"mapper_parsing_exception","reason":"no number"}',
  });
  expect(stream.counts).toMatchObject({ incoming: 2, delivered: 1, failed: 1, lost: 0 });
});

test.each([
  ["", "is empty"],
  ['{\n"n":1}', "has more than one line"],
])("a record that would break its request is not sent: %j %s.", async (record, why) => {
  const { stream, put, documents, failures } = server(() => created);
  put(record || " ", '{"n":1}');
  await stream.drain();
  expect(documents()).toHaveLength(1);
  expect(failures("AmazonOpenSearchService-failed")).toMatchObject([
    { errorCode: "400", errorMessage: expect.stringContaining(why) },
  ]);
});

test.each([
  [503, "503"],
  ["reset" as const, "503"],
  [403, "403"],
])(
  "a server that says %s is tried again for the duration, which holds the first attempt.",
  async (status, code) => {
    const settings = toSearch({ RetryOptions: { DurationInSeconds: 10 } });
    const { stream, put, pauses, failures } = server(() => status, settings);
    put("{}");
    await stream.drain();
    // The pause that was under way after 7 s is waited for.
    expect(pauses()).toEqual([1, 2, 4, 8]);
    expect(failures("AmazonOpenSearchService-failed")).toMatchObject([
      { errorCode: code, attemptsMade: 5 },
    ]);
  },
);

test("with a duration of 0 nothing is tried again.", async () => {
  const settings = toSearch({ RetryOptions: { DurationInSeconds: 0 } });
  const { stream, put, requests } = server(() => rejected, settings);
  put("{}", "{}");
  await stream.drain();
  expect(requests).toHaveLength(1);
  expect(stream.counts).toMatchObject({ delivered: 0, failed: 2 });
});

test("AllDocuments: every record lies in the bucket, and what failed under its prefix too.", async () => {
  const settings = toSearch({
    S3BackupMode: "AllDocuments",
    S3Configuration: { BucketARN: bucketArn, Prefix: "search/" },
  });
  const { stream, put, keys, texts } = server(
    ({ n }) => (n === 2 ? unparsable : created),
    settings,
  );
  put('{"n":1}\n', '{"n":2}\n');
  await stream.drain();
  const backups = keys().filter((key) => !key.includes("failed"));
  expect(backups).toHaveLength(1);
  expect(texts(backups[0])).toEqual(['{"n":1}\n{"n":2}\n']);
  expect(
    keys().filter((key) => key.startsWith("search/AmazonOpenSearchService-failed/")),
  ).toHaveLength(1);
  expect(stream.counts).toMatchObject({ backedUp: 2, delivered: 1, failed: 1 });
});

test("a serverless collection's failures have its names, and indices do not rotate.", async () => {
  const { stream, put, documents, texts } = server(() => unparsable, {
    AmazonOpenSearchServerlessDestinationConfiguration: {
      CollectionEndpoint: "https://abc.us-east-1.aoss.amazonaws.com",
      IndexName: "orders",
      S3Configuration: { BucketARN: bucketArn },
    },
  });
  const [id] = put("{}");
  await stream.drain();
  expect(documents()[0]![0].index._index).toBe("orders");
  expect(JSON.parse(texts("AmazonOpenSearchService-failed")[0]!)).toMatchObject({
    osDocumentId: id,
    osIndexName: "orders",
  });
});

test("without a server the bulk bodies lie in the outbox.", async () => {
  const outbox = memoryBucket();
  const { stream, put } = rig(toSearch({ IndexRotationPeriod: "NoRotation" }), { outbox });
  const [first, second] = put('{"n":1}', '{"n":2}');
  await stream.drain();
  put("{}");
  await stream.drain();
  expect([...outbox.objects.keys()]).toEqual(["orders/000001.ndjson", "orders/000002.ndjson"]);
  expect(Buffer.from(outbox.objects.get("orders/000001.ndjson")!.bytes).toString()).toBe(
    [
      `{"index":{"_index":"orders","_id":"${first}"}}`,
      '{"n":1}',
      `{"index":{"_index":"orders","_id":"${second}"}}`,
      '{"n":2}',
      "",
    ].join("\n"),
  );
  expect(stream.counts).toMatchObject({ delivered: 3 });
  expect(stream.trace.find(({ type }) => type === "outbox")).toMatchObject({
    files: ["orders/000001.ndjson"],
    records: 2,
  });
});

test("an outbox that cannot be written is a server that is down.", async () => {
  const settings = toSearch({ RetryOptions: { DurationInSeconds: 0 } });
  const outbox = { put: () => Promise.reject(new Error("no space left on device")) };
  const { stream, put, failures } = rig(settings, { outbox });
  put("{}");
  await stream.drain();
  expect(failures("AmazonOpenSearchService-failed")).toMatchObject([
    { errorCode: "503", errorMessage: "no space left on device" },
  ]);
});

test("with neither a server nor an outbox it is not made, and nothing is sent off this machine.", () => {
  expect(() => rig(toSearch())).toThrow(
    "delivers to OpenSearch, and there is none: give `opensearch`",
  );
  expect(() => rig(toSearch(), { opensearch: "https://search.example.com" })).toThrow(
    "nothing is sent to search.example.com from here",
  );
  expect(() => rig(toSearch(), { opensearch: "localhost" })).toThrow("opensearch must be a URL");
});

test.each([
  [{ IndexName: "Orders" }, 'IndexName is "Orders", and must be in lower case'],
  [{ DomainARN: undefined }, "DomainARN is missing, and there is no ClusterEndpoint"],
  [{ ClusterEndpoint: "https://x.example" }, "ClusterEndpoint stands beside a DomainARN"],
  [{ IndexRotationPeriod: "OneYear" }, "IndexRotationPeriod"],
  [{ S3BackupMode: "AllData" }, "S3BackupMode"],
  [{ S3Configuration: undefined }, "S3Configuration is missing"],
  [{ BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 60 } }, "SizeInMBs"],
  [{ RetryOptions: { DurationInSeconds: 7201 } }, "DurationInSeconds"],
])("settings that Firehose refuses are refused: %j", (more, why) => {
  expect(() => server(() => created, toSearch(more))).toThrow(why);
});

test("it is described as AWS describes it.", () => {
  const { stream } = server(() => created);
  expect(describeStream(stream).Destinations).toMatchObject([
    {
      AmazonopensearchserviceDestinationDescription: {
        DomainARN: domainArn,
        IndexName: "orders",
        S3DestinationDescription: { BucketARN: bucketArn },
      },
    },
  ]);
});
