import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { type BatchRecord, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { type HttpSinkOptions, httpSink, SinkError } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { world } from "../consumer/world.ts";
import { anyCourse, type Row, run } from "./deliveries.ts";

interface Seen {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly records: readonly string[];
}

const url = "https://vendor.example/intake";

function seen(target: any, { body, headers }: any): Seen {
  const text = headers["Content-Encoding"] === "gzip" ? gunzipSync(body) : Buffer.from(body);
  const { records, requestId } = JSON.parse(String(text));
  const data = records.map(({ data }: { data: string }) => String(Buffer.from(data, "base64")));
  return { url: String(target), headers, requestId, records: data };
}

function accepted({ requestId }: Seen, status = 200): Response {
  const body = JSON.stringify({ requestId, timestamp: 1 });
  const headers = { "content-type": "application/json", "content-length": String(body.length) };
  return new Response(body, { status, headers });
}

/** An endpoint, and a consumer that sends to it. */
function endpoint(
  answer: (request: Seen, call: number) => Response | Promise<Response> = (request) =>
    accepted(request),
  options: Partial<HttpSinkOptions<Uint8Array>> = {},
) {
  const its = world();
  const requests: Seen[] = [];
  const parking = memoryParking();
  const processBatch = httpSink<Uint8Array>({
    url,
    runtime: its.runtime,
    async fetch(target, init) {
      const request = seen(target, init);
      requests.push(request);
      return answer(request, requests.length);
    },
    ...options,
  });
  const handler = kinesisConsumer({
    consumer: "vendor",
    progress: memoryProgress(),
    park: parking,
    runtime: its.runtime,
    processBatch,
  });
  const deliver = (values: readonly string[], from = 0) =>
    its.finish(handler(kinesisEvent(values, { from }), its.context()));
  return { ...its, requests, deliver, parked: () => [...parking.parked.values()] };
}

describe("httpSink", () => {
  it("sends what Firehose sends", async () => {
    const { deliver, requests } = endpoint(undefined, {
      accessKey: "secret",
      attributes: { team: "a" },
    });
    expect(await deliver(["a", "b"])).toEqual({ batchItemFailures: [] });
    expect(requests).toEqual([
      {
        url,
        requestId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        records: ["a", "b"],
        headers: {
          "X-Amz-Firehose-Protocol-Version": "1.0",
          "X-Amz-Firehose-Request-Id": requests[0]!.requestId,
          "X-Amz-Firehose-Source-Arn": "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
          "X-Amz-Firehose-Access-Key": "secret",
          "X-Amz-Firehose-Common-Attributes": '{"commonAttributes":{"team":"a"}}',
          "Content-Type": "application/json",
          "Accept-Encoding": "identity",
        },
      },
    ]);
  });

  it("says attributes of any characters in a header, which has bytes alone", async () => {
    const attributes = { city: "東京", line: "a\nb" };
    const { deliver, requests } = endpoint(undefined, { attributes });
    expect(await deliver(["a"])).toEqual({ batchItemFailures: [] });
    const said = new Headers(requests[0]!.headers).get("X-Amz-Firehose-Common-Attributes")!;
    expect(JSON.parse(said)).toEqual({ commonAttributes: attributes });
  });

  it("compresses where it is asked to, and asks for the key before each request", async () => {
    let asked = 0;
    const { deliver, requests } = endpoint(undefined, {
      gzip: true,
      accessKey: async () => `key ${++asked}`,
    });
    await deliver(["a"]);
    await deliver(["b"], 1);
    expect(requests.map(({ headers, records }) => [records, headers["Content-Encoding"]])).toEqual([
      [["a"], "gzip"],
      [["b"], "gzip"],
    ]);
    expect(requests.map(({ headers }) => headers["X-Amz-Firehose-Access-Key"])).toEqual([
      "key 1",
      "key 2",
    ]);
  });

  it("has one id for the same records, in one invocation and in the next, and another for others", async () => {
    const { deliver, requests } = endpoint((request, call) =>
      call <= 4 ? new Response("busy", { status: 503 }) : accepted(request),
    );
    expect((await deliver(["a", "b"])).batchItemFailures).toHaveLength(1);
    await deliver(["a", "b"]);
    await deliver(["c"], 2);
    const ids = requests.map(({ requestId }) => requestId);
    expect(ids).toHaveLength(6);
    expect(new Set(ids.slice(0, 5)).size).toBe(1);
    expect(ids[5]).not.toBe(ids[0]);
  });

  it("cuts requests at maxRequestBytes, and a cut is the same when it is tried again", async () => {
    const { deliver, requests } = endpoint(
      (request, call) => (call === 2 ? new Response("", { status: 500 }) : accepted(request)),
      { maxRequestBytes: 4 },
    );
    await deliver(["aa", "bb", "ccc", "d", "e"]);
    expect(requests.map(({ records }) => records.join())).toEqual(["aa,bb", "ccc,d", "e", "ccc,d"]);
    expect(requests[3]!.requestId).toBe(requests[1]!.requestId);
  });

  it("halves a request that is too large, and parks the record that is so alone", async () => {
    const { deliver, parked, requests } = endpoint((request) =>
      accepted(request, request.records.includes("huge") ? 413 : 200),
    );
    expect(await deliver(["a", "huge", "b"])).toEqual({ batchItemFailures: [] });
    expect(requests.map(({ records }) => records.join())).toEqual([
      "a,huge,b",
      "a",
      "huge,b",
      "huge",
      "b",
    ]);
    expect(parked()).toHaveLength(1);
    expect(parked()[0]).toMatchObject({ error: { message: expect.stringContaining("413") } });
  });

  it.each<[string, (request: Seen) => Response]>([
    ["201", (request) => accepted(request, 201)],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/" } })],
    ["another request's id", (request) => accepted({ ...request, requestId: "x" })],
    ["no JSON", () => new Response("OK", { headers: { "content-length": "2" } })],
  ])("does not take %s for a success", async (_, answer) => {
    const { deliver, parked, requests } = endpoint(answer);
    expect((await deliver(["a"])).batchItemFailures).toHaveLength(1);
    expect([requests.length, parked().length]).toEqual([3, 0]);
  });

  it.each([
    ["seconds", () => "7", 7000],
    ["a date", (now: number) => new Date(now + 7000).toUTCString(), 6001],
    ["what is neither", () => "soon", 0],
  ])("is sent again when the response wants it, in %s", async (_, header, leastMs) => {
    const sentAt: number[] = [];
    const { clock, deliver } = endpoint((request, call) => {
      sentAt.push(clock.now());
      if (call > 1) return accepted(request);
      const headers = { "retry-after": header(clock.now()) };
      return new Response("busy", { status: 429, headers });
    });
    expect((await deliver(["a"])).batchItemFailures).toEqual([]);
    const waited = sentAt[1]! - sentAt[0]!;
    expect(waited).toBeGreaterThanOrEqual(leastMs);
    expect(waited).toBeLessThan(7100);
  });

  it("is left to a later invocation when the response wants more time than there is", async () => {
    const headers = { "retry-after": "3600" };
    const answer = () => new Response("down", { status: 503, headers });
    const { clock, deliver, parked, requests } = endpoint(answer);
    const began = clock.now();
    expect((await deliver(["a"])).batchItemFailures).toHaveLength(1);
    expect([requests.length, parked().length]).toEqual([1, 0]);
    expect(clock.now() - began).toBeLessThan(1000);
  });

  it("waits so long for a response, and says so", async () => {
    const { deliver, logs, requests } = endpoint(() => new Promise(() => {}), {
      responseTimeoutMs: 2000,
      maxAttempts: 2,
    });
    expect((await deliver(["a"])).batchItemFailures).toHaveLength(1);
    expect(requests).toHaveLength(2);
    expect(logs()[0]).toMatchObject({
      error: { message: `httpSink: ${url} gave no response within 2 s.` },
    });
  });

  it("gives its records back when the invocation's time is over, and none has failed", async () => {
    const { deliver, metrics } = endpoint(() => new Promise(() => {}));
    expect((await deliver(["a", "b"])).batchItemFailures).toHaveLength(1);
    expect(metrics().at(-1)).toMatchObject({ Failed: 0 });
  });

  it("gives back what had no turn where time is over before its signal says so", async () => {
    const its = world();
    let lateMs = 0;
    const runtime = {
      ...its.runtime,
      clock: { ...its.clock, now: () => its.clock.now() + lateMs },
    };
    const processBatch = httpSink<Uint8Array>({
      ...{ url, runtime, maxRequestBytes: 1 },
      async fetch(target, init) {
        lateMs = 120_000;
        return accepted(seen(target, init));
      },
    });
    const handler = kinesisConsumer({ consumer: "vendor", runtime, processBatch });
    const event = kinesisEvent(["a", "b"]);
    expect(await its.finish(handler(event, its.context()))).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[1]!.kinesis.sequenceNumber }],
    });
    expect(its.logs().filter(({ level }) => level === "ERROR")).toEqual([]);
  });

  it("fails the record alone whose data throws, or is neither text nor bytes", async () => {
    const { deliver, requests } = endpoint(undefined, {
      data(value) {
        if (String(value) === "a") throw new Error("No.");
        return String(value) === "b" ? (7 as never) : `<${value}>`;
      },
    });
    const { batchItemFailures } = await deliver(["c", "a", "b", "d"]);
    expect(batchItemFailures).toHaveLength(1);
    expect(requests.map(({ records }) => records)).toEqual([["<c>", "<d>"]]);
  });

  it("says by `isFinal` what is pointless to try again", async () => {
    const errors: SinkError[] = [];
    const { deliver, parked, requests } = endpoint(
      (request) =>
        request.records.includes("bad") ? Response.json({}, { status: 422 }) : accepted(request),
      {
        isFinal(error) {
          errors.push(error);
          return error.status === 422;
        },
      },
    );
    await deliver(["a", "bad"]);
    expect(requests).toHaveLength(3);
    expect(parked()).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(SinkError);
    expect(errors[0]).toMatchObject({ code: "HttpEndpoint.DestinationException", status: 422 });
  });

  it("leaves, after any course, every record there at least once, and no other", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        const requests: Seen[] = [];
        await run(course, {
          sink: (outside, runtime) =>
            httpSink<Row>({
              url,
              runtime,
              maxRequestBytes: 60,
              fetch: (target, init) =>
                outside(() => {
                  const request = seen(target, init);
                  requests.push(request);
                  return accepted(request);
                }),
            }),
        });
        const there = new Set(requests.flatMap(({ records }) => records));
        expect([...there].sort()).toEqual(course.rows.map((row) => JSON.stringify(row)).sort());
        // A request's id stands for its records, and its records for its id.
        const pairs = requests.map(({ records, requestId }) => `${requestId} ${records.join()}`);
        expect(new Set(pairs).size).toBe(new Set(requests.map((one) => one.requestId)).size);
        expect(new Set(pairs).size).toBe(new Set(requests.map((one) => one.records.join())).size);
      }),
    ));
});

it.each<[string, unknown, string]>([
  ["no URL", {}, "httpSink: no url."],
  ["what is no URL", { url: "vendor" }, 'url must be an http or https URL; it is "vendor"'],
  ["a URL with a password", { url: "https://me:secret@a" }, "url has a user and a password in it"],
  [
    "a key that no header has",
    { url: "https://a", accessKey: "se\ncret" },
    "that a header can have",
  ],
  ["another protocol", { url: "ftp://a" }, "url must be an http or https URL"],
  ["a key that is too long", { url, accessKey: "x".repeat(4097) }, "accessKey must be text"],
  ["too many attributes", { url, attributes: { a: "x".repeat(1025) } }, "attributes are at most"],
  ["a size that is none", { url, maxRequestBytes: 0 }, "maxRequestBytes must be a number from 1"],
  ["attempts that are none", { url, maxAttempts: 0 }, "maxAttempts must be a whole number"],
  ["data that is no function", { url, data: "value" }, "data must be a function"],
])("httpSink refuses %s at the start", (_, options, why) => {
  expect(() => httpSink(options as never)).toThrow(why);
});

it("a sink is a function of its records and its context, and nothing else", async () => {
  const sink = httpSink({ url, fetch: async (_, init) => accepted(seen(_, init)) });
  const [only] = kinesisEvent(["a"]).Records;
  const record = {
    value: Buffer.from("a"),
    record: { data: Buffer.from("a"), streamArn: only!.eventSourceARN },
    attempt: 1,
    idempotencyKey: "k",
  } as unknown as BatchRecord<Uint8Array>;
  const context = { signal: new AbortController().signal, remainingMs: 1000 };
  expect(await sink([record], context)).toBeUndefined();
});
