import fc from "fast-check";
import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { type OpensearchSinkOptions, opensearchSink } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { world } from "../consumer/world.ts";
import { anyCourse, type Course, type Row, run } from "./deliveries.ts";
import { type OpensearchDouble, opensearchDouble } from "./opensearch-double.ts";

const endpoint = "https://search.example";

function search(options: Partial<OpensearchSinkOptions<any>> = {}) {
  const its = world();
  const double = opensearchDouble();
  const park = memoryParking();
  const processBatch = opensearchSink<any>({
    endpoint,
    index: "orders",
    runtime: its.runtime,
    fetch: double.fetch,
    ...options,
  });
  const handler = kinesisConsumer({
    consumer: "search",
    decode: json(),
    order: "none",
    progress: memoryProgress(),
    park,
    runtime: its.runtime,
    processBatch,
  });
  const deliver = (values: readonly unknown[], from = 0, more: object = {}) =>
    its.finish(handler(kinesisEvent(values, { from, ...more }), its.context()));
  return { ...its, double, deliver, parked: () => [...park.parked.values()] };
}

const done = { batchItemFailures: [] };
/** The actions of a request, and what they say. */
const actionsIn = (request: string) =>
  request
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a document a record", () => {
  it("is created under the record's idempotency key", async () => {
    const { deliver, double } = search();
    expect(await deliver([{ id: 1 }, { id: 2 }])).toEqual(done);
    const ids = Object.keys(double.documents());
    expect(ids).toHaveLength(2);
    expect(ids[0]).toMatch(/^orders\/search\/orders\/shardId-000000000000\/\d{56}$/);
    expect(double.headers[0]).toMatchObject({ "content-type": "application/x-ndjson" });
  });

  it("has the digest of a key that is too long for an id", async () => {
    const its = world();
    const double = opensearchDouble();
    const handler = kinesisConsumer({
      consumer: "search",
      decode: json(),
      progress: memoryProgress(),
      uniqueId: (value: any) => value.id,
      runtime: its.runtime,
      processBatch: opensearchSink({ endpoint, index: "orders", fetch: double.fetch }),
    });
    await its.finish(handler(kinesisEvent([{ id: "x".repeat(600) }]), its.context()));
    expect(Object.keys(double.documents())[0]).toMatch(/^orders\/[0-9a-f]{64}$/);
  });

  it("that is there already is done", async () => {
    const { deliver, double } = search();
    await deliver([{ id: 1 }]);
    const second = search({ fetch: double.fetch });
    expect(await second.deliver([{ id: 1 }, { id: 2 }])).toEqual(done);
    expect(Object.keys(double.documents())).toHaveLength(2);
  });

  it("keeps all digits of a large integer", async () => {
    const { deliver, double } = search({ document: () => ({ id: 12345678901234567890n }) });
    await deliver([{}]);
    expect(double.requests[0]).toContain('{"id":12345678901234567890}');
  });

  it("is sent compressed where that is asked for", async () => {
    const { deliver, double } = search({ gzip: true });
    expect(await deliver([{ id: 1 }])).toEqual(done);
    expect(Object.values(double.documents())).toEqual([{ id: 1 }]);
  });
});

describe("every item of the answer is read", () => {
  it("so that one refusal fails one record, and is parked when it is final", async () => {
    const { deliver, double, parked } = search();
    expect(await deliver([{ total: 1 }, { total: "secret" }, { total: 3 }])).toEqual(done);
    expect(Object.values(double.documents())).toEqual([{ total: 1 }, { total: 3 }]);
    expect(parked()).toHaveLength(1);
    const { message } = parked()[0]!.error;
    expect(message).toContain("opensearchSink: orders: 400 mapper_parsing_exception");
    expect(message).not.toContain("secret");
  });

  it.each([429, 503, 404, 403])("%d is tried again, alone", async (status) => {
    const { deliver, double, parked } = search();
    double.refuse = (_, { id }, request) => (id === 2 && request < 3 ? status : undefined);
    expect(await deliver([{ id: 1 }, { id: 2 }, { id: 3 }])).toEqual(done);
    expect(double.requests.map((one) => actionsIn(one).length / 2)).toEqual([3, 1, 1]);
    expect(parked()).toEqual([]);
  });

  it("and one that is missing is no success", async () => {
    const { deliver } = search({ fetch: async () => Response.json({ errors: false, items: [] }) });
    expect((await deliver([{ id: 1 }])).batchItemFailures).toHaveLength(1);
  });

  it("and what has no status is none either", async () => {
    const { deliver } = search({ fetch: async () => Response.json({ items: [{}] }) });
    expect((await deliver([{ id: 1 }])).batchItemFailures).toHaveLength(1);
  });
});

describe("a whole request", () => {
  it("that is refused for one of its records is halved until that is alone", async () => {
    const double = opensearchDouble();
    const fetch = async (url: any, init: any) =>
      String(init.body).includes("huge")
        ? Response.json({ error: "too large" }, { status: 413 })
        : double.fetch(url, init);
    const { deliver, parked } = search({ fetch: fetch as never });
    expect(await deliver([{ id: 1 }, { id: "huge" }, { id: 3 }])).toEqual(done);
    expect(Object.values(double.documents())).toEqual([{ id: 1 }, { id: 3 }]);
    expect(parked()).toHaveLength(1);
  });

  it.each([401, 403, 404, 429, 502])("that is answered with %d parks nothing", async (status) => {
    const answer = () => new Response("no", { status });
    const { deliver, logs, parked } = search({ fetch: async () => answer() });
    expect((await deliver([{ id: 1 }, { id: 2 }])).batchItemFailures).toHaveLength(1);
    expect(parked()).toEqual([]);
    expect(logs()[0]!.error.message).toContain(`/_bulk answered ${status} to the whole request`);
  });

  it("that asks to wait is sent again after that time", async () => {
    const sentAt: number[] = [];
    const double = opensearchDouble();
    const { clock, deliver } = search({
      fetch: (async (url: string, init: RequestInit) => {
        sentAt.push(clock.now());
        const headers = { "retry-after": "9" };
        return sentAt.length === 1
          ? new Response("", { status: 429, headers })
          : double.fetch(url, init);
      }) as never,
    });
    expect(await deliver([{ id: 1 }])).toEqual(done);
    expect(sentAt[1]! - sentAt[0]!).toBeGreaterThanOrEqual(9000);
  });

  it("has at most maxRequestBytes, unless one document has more", async () => {
    const { deliver, double } = search({ maxRequestBytes: 300 });
    await deliver([{ a: 1 }, { a: 2 }, { a: "x".repeat(400) }, { a: 3 }]);
    expect(double.requests.map((one) => actionsIn(one).length / 2)).toEqual([2, 1, 1]);
  });

  it("without a response in time is tried again, and says so", async () => {
    const { deliver, logs } = search({
      fetch: () => new Promise(() => {}),
      responseTimeoutMs: 1000,
      maxAttempts: 2,
    });
    expect((await deliver([{ id: 1 }])).batchItemFailures).toHaveLength(1);
    expect(logs()[0]!.error.message).toContain("gave no response within 1 s");
  });
});

describe("the index", () => {
  const arrival = Date.UTC(2026, 0, 31, 23, 59);

  it("is that of the record's time, however late it comes", async () => {
    const { clock, deliver, double } = search({
      rotation: "OneDay",
      time: ({ at }) => new Date(at),
    });
    await clock.advance(90 * 86_400_000);
    await deliver([{ at: "2026-01-31T23:59:59Z" }, { at: "2026-02-01T00:00:00Z" }]);
    const indices = Object.keys(double.documents()).map((name) => name.split("/")[0]);
    expect(indices).toEqual(["orders-2026-01-31", "orders-2026-02-01"]);
  });

  it("is that of the record's arrival by default", async () => {
    const its = search({ rotation: "OneHour" });
    const processed = kinesisEvent([{ id: 1 }], { arrival });
    const { fetch } = its.double;
    const handler = kinesisConsumer({
      consumer: "c",
      decode: json(),
      runtime: its.runtime,
      processBatch: opensearchSink({ endpoint, index: "orders", rotation: "OneHour", fetch }),
    });
    await its.finish(handler(processed));
    expect(Object.keys(its.double.documents())[0]).toMatch(/^orders-2026-01-31-23\//);
  });

  it("may be chosen by the record; one with a name that is none is parked", async () => {
    const { deliver, double, parked } = search({ index: ({ kind }) => kind });
    expect(await deliver([{ kind: "a" }, { kind: "B" }])).toEqual(done);
    expect(Object.values(double.documents())).toEqual([{ kind: "a" }]);
    expect(parked()[0]!.error.message).toBe(
      'opensearchSink: index must be in lower case; it is "B".',
    );
  });
});

it("a time without a year of four digits has no index of its own: its record is parked", async () => {
  const { deliver, double, parked } = search({
    rotation: "OneDay",
    time: ({ micros }) => micros,
  });
  expect(await deliver([{ micros: Date.UTC(2026, 1, 3) * 1000 }])).toEqual(done);
  expect(double.documents()).toEqual({});
  expect(parked()).toHaveLength(1);
});

describe("with an id", () => {
  const id = ({ id }: any) => id;

  it("a later record replaces an earlier one, and null deletes", async () => {
    const { deliver, double } = search({ id, document: (value) => (value.gone ? null : value) });
    await deliver([{ id: "a", n: 1 }, { id: "b" }, { id: "a", n: 2 }]);
    expect(double.documents()).toEqual({ "orders/a": { id: "a", n: 2 }, "orders/b": { id: "b" } });
    await deliver(
      [
        { id: "b", gone: true },
        { id: "c", gone: true },
      ],
      3,
    );
    expect(double.documents()).toEqual({ "orders/a": { id: "a", n: 2 } });
  });

  it("the newest of a batch is sent; refused for good, the one before it is", async () => {
    const { deliver, double, parked } = search({ id });
    await deliver([
      { id: "a", total: 1 },
      { id: "a", total: 2 },
      { id: "a", total: "three" },
    ]);
    expect(double.requests.map((one) => actionsIn(one)[1])).toEqual([
      { id: "a", total: "three" },
      { id: "a", total: 2 },
    ]);
    expect(double.documents()).toEqual({ "orders/a": { id: "a", total: 2 } });
    expect(parked()).toHaveLength(1);
  });

  it("one that must wait keeps those before it waiting", async () => {
    const { deliver, double } = search({ id, maxAttempts: 1 });
    double.refuse = (id) => (id === "a" ? 429 : undefined);
    const values = [{ id: "b" }, { id: "a", n: 1 }, { id: "a", n: 2 }];
    const event = kinesisEvent(values);
    const { batchItemFailures } = await deliver(values);
    const { sequenceNumber } = event.Records[1]!.kinesis;
    expect(batchItemFailures).toEqual([{ itemIdentifier: sequenceNumber }]);
  });

  it("a record of which nothing could be made holds back those of its partition key behind it", async () => {
    let isDown = true;
    const { deliver, double } = search({
      id,
      document(value) {
        if (value.n === 1 && isDown) throw new Error("What the document is made with is down.");
        return value;
      },
    });
    const values = [
      { id: "a", n: 1 },
      { id: "a", n: 2 },
    ];
    const ofOneKey = { partitionKey: () => "a" };
    expect((await deliver(values, 0, ofOneKey)).batchItemFailures).toHaveLength(1);
    isDown = false;
    expect(await deliver(values, 0, ofOneKey)).toEqual(done);
    expect(double.documents()).toEqual({ "orders/a": { id: "a", n: 2 } });
  });

  it("of undefined, OpenSearch makes one up", async () => {
    const { deliver, double } = search({ id: () => undefined });
    await deliver([{ n: 1 }, { n: 2 }]);
    expect(Object.keys(double.documents())).toEqual(["orders/made-1", "orders/made-2"]);
  });

  it.each<[string, object]>([
    ["an id that is too long", { id: () => "x".repeat(513) }],
    ["an empty id", { id: () => "" }],
    ["a version that is too large", { id, version: () => 2n ** 63n }],
    ["a version that is none", { id, version: () => 1.5 }],
    ["a deletion without an id", { document: () => null }],
    ["a document that JSON has no form for", { document: () => undefined }],
    ["a time that is none", { time: () => Number.NaN }],
  ])("%s fails its record alone, before it can fail the request", async (_, options) => {
    const { deliver, double, parked } = search(options);
    await deliver([{ id: "a" }]);
    expect(double.requests).toEqual([]);
    expect(parked().length).toBe(1);
  });

  it("a version decides, in whatever order records come", async () => {
    const { deliver, double } = search({ id, version: ({ n }) => n });
    await deliver([
      { id: "a", n: 5 },
      { id: "a", n: 3 },
    ]);
    expect(await deliver([{ id: "a", n: 4 }], 2)).toEqual(done);
    expect(double.documents()).toEqual({ "orders/a": { id: "a", n: 5 } });
    expect(double.requests[0]).toContain('"version":5,"version_type":"external"');
  });
});

/** Runs a course against a destination of its own; every call is under its faults. */
async function leftBy(course: Course, options: Partial<OpensearchSinkOptions<Row>> = {}) {
  const double: OpensearchDouble = opensearchDouble();
  await run(course, {
    sink: (outside, runtime) =>
      opensearchSink<Row>({
        endpoint,
        index: "rows",
        runtime,
        maxRequestBytes: 250,
        fetch: (url, init) => outside(() => double.fetch(url, init)),
        ...options,
      }),
  });
  return Object.values(double.documents());
}

describe("after any course of deliveries", () => {
  it("each record is one document", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        const there = await leftBy(course);
        expect(there.sort((a: any, b: any) => a.id - b.id)).toEqual(course.rows);
      }),
    ));

  const lastOf = (rows: readonly Row[]) => [...new Map(rows.map((row) => [row.key, row])).values()];
  const byKey = (rows: readonly any[]) => rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));

  it("the document of a key with versions is that of its last record", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        const there = await leftBy(course, { id: ({ key }) => key, version: ({ id }) => id });
        expect(byKey(there)).toEqual(byKey(lastOf(course.rows)));
      }),
    ));

  it("without versions too, where records come in order, nothing is late and no environment thaws", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        const faults = course.faults.filter((fault) => fault !== "thaws");
        const deliveries = course.deliveries.map(([, count]) => [0, count] as const);
        const inTime = { ...course, deliveries, faults, late: [] };
        const there = await leftBy(inTime, { id: ({ key }) => key });
        expect(byKey(there)).toEqual(byKey(lastOf(course.rows)));
      }),
    ));
});

it.each<[string, unknown, string]>([
  ["no endpoint", { index: "a" }, "opensearchSink: no endpoint."],
  [
    "an endpoint with a password",
    { endpoint: "https://me:secret@search", index: "a" },
    "endpoint has a user and a password in it",
  ],
  ["what is no URL", { endpoint: "search", index: "a" }, "endpoint must be a URL, such as https"],
  ["no index", { endpoint }, "opensearchSink: no index."],
  [
    "a name that is none",
    { endpoint, index: "Orders" },
    'the index "Orders" must be in lower case',
  ],
  [
    "a rotation that is none",
    { endpoint, index: "a", rotation: "Day" },
    "must be one of NoRotation",
  ],
  ["a version without an id", { endpoint, index: "a", version: () => 1 }, "version needs an id"],
  ["a service that is none", { endpoint, index: "a", service: "s3" }, 'must be "es", "aoss"'],
])("opensearchSink refuses %s at the start", (_, options, why) => {
  expect(() => opensearchSink(options as never)).toThrow(why);
});

describe("requests to AWS", () => {
  const credentials = () => ({ accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "t" });
  const aws = "https://search-orders-x.eu-west-1.es.amazonaws.com";

  it("are signed for the domain's region", async () => {
    const { deliver, double } = search({ endpoint: aws, credentials });
    expect(await deliver([{ id: 1 }])).toEqual(done);
    expect(double.headers[0]!.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/20260101\/eu-west-1\/es\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    );
  });

  it("are not where there is an authorization of one's own, or no signature is wanted", async () => {
    for (const options of [
      { headers: { Authorization: "Basic x" } },
      { service: false as const },
    ]) {
      const { deliver, double } = search({ endpoint: aws, credentials, ...options });
      await deliver([{ id: 1 }]);
      expect(double.headers[0]).not.toHaveProperty("x-amz-date");
    }
  });

  it("to a collection under a name of one's own are signed on request", async () => {
    const { deliver, double } = search({ credentials, service: "aoss", region: "us-east-1" });
    await deliver([{ id: 1 }]);
    expect(double.headers[0]!.authorization).toContain("/us-east-1/aoss/aws4_request");
  });
});
