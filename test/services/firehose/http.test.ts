import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import {
  type EndpointRequest,
  type EndpointResponse,
  sendRequests,
} from "../../../packages/services/src/firehose/index.ts";
import { describeStream } from "../../../packages/services/src/firehose/server/describe.ts";
import { bucketArn, rig, text } from "./rig.ts";

const toEndpoint = (more: object = {}) => ({
  HttpEndpointDestinationConfiguration: {
    EndpointConfiguration: { Url: "https://vendor.example/intake", AccessKey: "secret" },
    S3Configuration: { BucketARN: bucketArn },
    ...more,
  },
});

interface Body {
  readonly requestId: string;
  readonly timestamp: number;
  readonly records: readonly { readonly data: string }[];
}

const bodyOf = ({ body, headers }: EndpointRequest): Body =>
  JSON.parse(
    (headers["Content-Encoding"] === "gzip" ? gunzipSync(body) : Buffer.from(body)).toString(),
  );

function json(status: number, body: unknown, headers = {}): EndpointResponse {
  const bytes = Buffer.from(JSON.stringify(body));
  const usual = { "content-type": "application/json", "content-length": String(bytes.length) };
  return { status, headers: { ...usual, ...headers }, body: bytes };
}

const accepted = (request: EndpointRequest) =>
  json(200, { requestId: bodyOf(request).requestId, timestamp: 1 });

/** A stream to an endpoint that answers so, the requests it got, and the pauses between them in seconds. */
function endpoint(
  answer: (
    request: EndpointRequest,
    attempt: number,
  ) => EndpointResponse | Promise<EndpointResponse>,
  settings: object = {},
) {
  const requests: EndpointRequest[] = [];
  const times: number[] = [];
  const at = rig(toEndpoint(settings), {
    async send(request) {
      times.push(at.clock.now());
      requests.push(request);
      return answer(request, requests.length);
    },
  });
  const pauses = () => times.slice(1).map((time, i) => (time - times[i]!) / 1000);
  return { ...at, requests, pauses };
}

test("T8: the request has the protocol's headers and body.", async () => {
  const { stream, put, requests, clock } = endpoint(accepted, {
    RequestConfiguration: {
      CommonAttributes: [{ AttributeName: "team", AttributeValue: "a" }],
    },
  });
  put("a", "b");
  await stream.drain();
  expect(requests).toHaveLength(1);
  const [request] = requests as [EndpointRequest];
  const { requestId, timestamp, records } = bodyOf(request);
  expect(request).toMatchObject({
    url: "https://vendor.example/intake",
    headers: {
      "X-Amz-Firehose-Protocol-Version": "1.0",
      "X-Amz-Firehose-Request-Id": requestId,
      "X-Amz-Firehose-Source-Arn": stream.arn,
      "X-Amz-Firehose-Access-Key": "secret",
      "X-Amz-Firehose-Common-Attributes": '{"commonAttributes":{"team":"a"}}',
      "Content-Type": "application/json",
    },
  });
  expect(request.headers).not.toHaveProperty("Content-Encoding");
  expect(timestamp).toBe(clock.now());
  expect(records.map(({ data }) => text(data))).toEqual(["a", "b"]);
  expect(stream.counts).toMatchObject({ delivered: 2, failed: 0 });
});

test("T8: with GZIP the body is compressed.", async () => {
  const { stream, put, requests } = endpoint(accepted, {
    RequestConfiguration: { ContentEncoding: "GZIP" },
  });
  put("a");
  await stream.drain();
  expect(requests[0]?.headers["Content-Encoding"]).toBe("gzip");
  expect(bodyOf(requests[0]!).records.map(({ data }) => text(data))).toEqual(["a"]);
});

test("T8: a request has at most 10,000 records.", async () => {
  const { stream, requests } = endpoint(accepted);
  const batch = Array.from({ length: 500 }, () => Buffer.from("a"));
  for (let put = 0; put < 21; put++) stream.putBatch(batch);
  await stream.drain();
  expect(requests.map((request) => bodyOf(request).records.length)).toEqual([10_000, 500]);
});

test("T8: retries have the same request id, and wait twice as long each time, give or take 15 %.", async () => {
  const { stream, put, requests, pauses } = endpoint(
    (request, attempt) => (attempt < 10 ? json(503, {}) : accepted(request)),
    { RetryOptions: { DurationInSeconds: 7200 } },
  );
  put("a");
  await stream.drain();
  expect(new Set(requests.map((request) => bodyOf(request).requestId)).size).toBe(1);
  const expected = [1, 2, 4, 8, 16, 32, 64, 120, 120];
  expect(pauses()).toHaveLength(expected.length);
  pauses().forEach((pause, at) => {
    expect(pause).toBeGreaterThanOrEqual(expected[at]! * 0.85);
    expect(pause).toBeLessThanOrEqual(expected[at]! * 1.15);
  });
  expect(stream.counts).toMatchObject({ delivered: 1, failed: 0 });
});

test("T8: when the retry duration is over, the records go to the bucket.", async () => {
  const { stream, put, failures, keys, pauses } = endpoint(
    () => json(500, { requestId: "?", timestamp: 1, errorMessage: "try later" }),
    { RetryOptions: { DurationInSeconds: 60 } },
  );
  const [recordId] = put("a");
  await stream.drain();
  expect(pauses().reduce((sum, pause) => sum + pause, 0)).toBeCloseTo(60, 3);
  expect(keys()[0]).toMatch(/^http-endpoint-failed\/2026\/01\/01\/00\//);
  expect(failures("http-endpoint-failed")).toMatchObject([
    {
      rawData: Buffer.from("a"),
      errorCode: "HttpEndpoint.DestinationException",
      errorMessage: "The endpoint answered 500: try later",
      attemptsMade: 7,
      dataId: `${recordId}.0`,
    },
  ]);
});

test("T8: without a retry duration, one attempt is made.", async () => {
  const { stream, put, requests, failures } = endpoint(() => json(500, {}), {
    RetryOptions: { DurationInSeconds: 0 },
  });
  put("a");
  await stream.drain();
  expect(requests).toHaveLength(1);
  expect(failures("http-endpoint-failed")).toHaveLength(1);
});

test("T8: 413 is final, and not even the bucket gets the records.", async () => {
  const { stream, put, requests, keys } = endpoint(() => json(413, {}));
  put("a", "b");
  await stream.drain();
  expect(requests).toHaveLength(1);
  expect(keys()).toEqual([]);
  expect(stream.counts).toMatchObject({ delivered: 0, failed: 0, lost: 2 });
  expect(stream.trace.at(-1)).toMatchObject({ type: "lost", records: 2 });
});

const fine = { timestamp: 1 };
const broken = "InvalidResponseFromDestination";
test.each<[string, string, (requestId: string) => EndpointResponse]>([
  [
    "a redirect",
    "DestinationException",
    (requestId) => json(302, { requestId, ...fine }, { location: "/" }),
  ],
  ["201", "DestinationException", (requestId) => json(201, { requestId, ...fine })],
  ["the request id of another", broken, () => json(200, { requestId: "other", ...fine })],
  ["no request id", broken, () => json(200, fine)],
  ["no timestamp", broken, (requestId) => json(200, { requestId })],
  [
    "a response over 1 MiB with its headers",
    "ResponseTooLarge",
    (requestId) => json(200, { requestId, ...fine, more: "x".repeat(1024 * 1024 - 100) }),
  ],
  [
    "a compressed body",
    broken,
    (requestId) => json(200, { requestId, ...fine }, { "content-encoding": "gzip" }),
  ],
  [
    "another content type",
    broken,
    (requestId) => json(200, { requestId, ...fine }, { "content-type": "text/plain" }),
  ],
  [
    "no Content-Length",
    broken,
    (requestId) => json(200, { requestId, ...fine }, { "content-length": undefined }),
  ],
  ["no JSON", broken, () => ({ ...json(200, ""), body: Buffer.from("OK") })],
  ["a list", broken, () => json(200, [])],
])("T8: %s is no success, but %s.", async (_, code, respond) => {
  const { stream, put, failures, requests } = endpoint(
    (request) => respond(bodyOf(request).requestId),
    { RetryOptions: { DurationInSeconds: 1 } },
  );
  put("a");
  await stream.drain();
  expect(requests.length).toBeGreaterThan(1);
  expect(failures("http-endpoint-failed")).toMatchObject([{ errorCode: `HttpEndpoint.${code}` }]);
  expect(stream.counts).toMatchObject({ delivered: 0, failed: 1 });
});

test.each([
  ["ConnectionFailed", "ECONNREFUSED"],
  ["ConnectionReset", "ECONNRESET"],
  ["ConnectionReset", "UND_ERR_SOCKET"],
  ["SSLHandshakeFailure", "CERT_HAS_EXPIRED"],
  ["SSLHandshakeFailure", "ERR_TLS_CERT_ALTNAME_INVALID"],
])("T8: %s is what %s is called.", async (code, cause) => {
  const { stream, put, failures } = endpoint(
    () =>
      Promise.reject(
        new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: cause }) }),
      ),
    { RetryOptions: { DurationInSeconds: 0 } },
  );
  put("a");
  await stream.drain();
  expect(failures("http-endpoint-failed")).toMatchObject([{ errorCode: `HttpEndpoint.${code}` }]);
});

test("T8: the message of a failure has the response's status and text.", async () => {
  const teapot = { status: 418, headers: {}, body: Buffer.from("I am a teapot.\n") };
  const { stream, put, failures } = endpoint(() => teapot, {
    RetryOptions: { DurationInSeconds: 0 },
  });
  put("a");
  await stream.drain();
  expect(failures("http-endpoint-failed")).toMatchObject([
    { errorMessage: "The endpoint answered 418: I am a teapot." },
  ]);
});

test("T8: the subsequence number of a failure is a number.", async () => {
  const { stream, put, texts } = endpoint(() => json(500, {}), {
    RetryOptions: { DurationInSeconds: 0 },
  });
  put("a");
  await stream.drain();
  expect(JSON.parse(texts()[0]!)).toHaveProperty("subsequenceNumber", 0);
});

test("T8: the time in which a response is waited for is not part of the retry duration.", async () => {
  const { stream, put, requests, clock } = endpoint(
    async () => {
      await clock.sleep(100_000);
      return json(500, {});
    },
    { RetryOptions: { DurationInSeconds: 20 } },
  );
  put("a");
  await stream.drain();
  // After 0, about 1, 3, 7 and 15 seconds of waiting, and once more when the 20 are over.
  expect(requests).toHaveLength(6);
});

test("The access key of a secret is not read, and the secret is described.", async () => {
  const secret = { Enabled: true, SecretARN: "arn:aws:secretsmanager:us-east-1:1:secret:vendor" };
  const { stream, put, requests } = endpoint(accepted, {
    EndpointConfiguration: { Url: "https://vendor.example/intake" },
    SecretsManagerConfiguration: secret,
  });
  put("a");
  await stream.drain();
  expect(requests[0]?.headers).not.toHaveProperty("X-Amz-Firehose-Access-Key");
  expect(describeStream(stream)).toMatchObject({
    Destinations: [{ HttpEndpointDestinationDescription: { SecretsManagerConfiguration: secret } }],
  });
});

test("T8: a JSON content type may have a charset.", async () => {
  const { stream, put } = endpoint((request) =>
    json(
      200,
      { requestId: bodyOf(request).requestId, ...fine },
      { "content-type": "application/json; charset=utf-8" },
    ),
  );
  put("a");
  await stream.drain();
  expect(stream.counts.delivered).toBe(1);
});

test("T8: a response is waited for three minutes.", async () => {
  const { stream, put, failures, clock } = endpoint(
    async (request) => {
      await clock.sleep(181_000);
      return accepted(request);
    },
    { RetryOptions: { DurationInSeconds: 0 } },
  );
  put("a");
  await stream.drain();
  expect(failures("http-endpoint-failed")).toMatchObject([
    { errorCode: "HttpEndpoint.RequestTimeout" },
  ]);
});

test("T8: with AllData the bucket gets every record, too.", async () => {
  const { stream, put, texts } = endpoint(accepted, { S3BackupMode: "AllData" });
  put("a", "b");
  await stream.drain();
  expect(texts("2026/")).toEqual(["ab"]);
  expect(stream.counts).toMatchObject({ delivered: 2, backedUp: 2 });
});

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(respond: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(respond);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/intake`;
}

test("T8: over the network, to an endpoint of this machine.", async () => {
  const seen: string[] = [];
  const url = await listening((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { requestId, records } = JSON.parse(Buffer.concat(chunks).toString()) as Body;
      seen.push(request.method!, ...records.map(({ data }) => text(data)));
      response.setHeader("Content-Type", "application/json");
      const body = JSON.stringify({ requestId, timestamp: Date.now() });
      response.setHeader("Content-Length", body.length);
      response.end(body);
    });
  });
  const { stream, put } = rig(toEndpoint(), { send: sendRequests({ url }) });
  put("a");
  await stream.drain();
  expect(seen).toEqual(["POST", "a"]);
  expect(stream.counts.delivered).toBe(1);
});

test("T8: a redirect is not followed.", async () => {
  let asked = 0;
  const url = await listening((_, response) => {
    asked++;
    response.writeHead(301, { location: "/elsewhere" }).end();
  });
  const { stream, put } = rig(toEndpoint({ RetryOptions: { DurationInSeconds: 0 } }), {
    send: sendRequests({ url }),
  });
  put("a");
  await stream.drain();
  expect(asked).toBe(1);
  expect(stream.counts).toMatchObject({ delivered: 0, failed: 1 });
});

test("Nothing is sent to the endpoint of the deployed stream.", async () => {
  const { stream, put, failures } = rig(toEndpoint({ RetryOptions: { DurationInSeconds: 0 } }));
  put("a");
  await stream.drain();
  expect(failures("http-endpoint-failed")[0]?.errorMessage).toBe(
    "Nothing is sent to vendor.example from here. Give the `url` of a local endpoint, or name the host in `hosts`.",
  );
});
