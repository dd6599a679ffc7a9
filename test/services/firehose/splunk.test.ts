import { expect, test } from "vitest";
import { memoryBucket } from "../../../packages/services/src/firehose/index.ts";
import { describeStream } from "../../../packages/services/src/firehose/server/describe.ts";
import { bucketArn, rig } from "./rig.ts";
import { type Indexing, splunkDouble } from "./splunk-double.ts";

const toSplunk = (more: object = {}) => ({
  SplunkDestinationConfiguration: {
    HECEndpoint: "https://inputs.splunk.example:8088",
    HECEndpointType: "Event",
    HECToken: "token",
    S3Configuration: { BucketARN: bucketArn },
    ...more,
  },
});

function splunk(indexing: (post: number) => Indexing, more: object = {}) {
  const double = splunkDouble(indexing);
  const at = rig(toSplunk(more), { send: double.send });
  const began = at.clock.now();
  return { ...at, double, seconds: () => (at.clock.now() - began) / 1000 };
}

test("events are sent as they are, and are delivered once they are acknowledged.", async () => {
  const { stream, put, double } = splunk(() => ({ ackAtPoll: 1 }));
  put('{"event":1}', '{"event":2}\n');
  await stream.drain();
  const [post, ack] = double.requests;
  expect(post!.url).toBe("https://inputs.splunk.example:8088/services/collector/event");
  expect(Buffer.from(post!.body).toString()).toBe('{"event":1}{"event":2}\n');
  const channel = post!.headers["X-Splunk-Request-Channel"];
  expect(channel).toMatch(/^[0-9a-f-]{36}$/);
  expect(post!.headers.Authorization).toBe("Splunk token");
  expect(ack!.url).toBe(
    `https://inputs.splunk.example:8088/services/collector/ack?channel=${channel}`,
  );
  expect(Buffer.from(ack!.body).toString()).toBe('{"acks":[0]}');
  expect(stream.counts).toMatchObject({ delivered: 2, failed: 0 });
});

test("raw events go to the other path.", async () => {
  const { stream, put, double } = splunk(() => ({ ackAtPoll: 1 }), { HECEndpointType: "Raw" });
  put("a line\n");
  await stream.drain();
  expect(double.requests[0]!.url).toMatch(/\/services\/collector\/raw$/);
  expect(double.indexed).toEqual(["a line\n"]);
});

test("an acknowledgement that comes late is waited for, and nothing is sent twice.", async () => {
  const { stream, put, double } = splunk(() => ({ ackAtPoll: 17 }));
  put("a");
  await stream.drain();
  expect(double.polls).toBe(17);
  expect(double.indexed).toEqual(["a"]);
  expect(stream.counts).toMatchObject({ delivered: 1 });
});

test("an acknowledgement whose answer was lost is asked for again.", async () => {
  const { stream, put, double } = splunk(() => "ackLost");
  put("a");
  await stream.drain();
  expect(double.polls).toBe(2);
  expect(double.indexed).toEqual(["a"]);
  expect(stream.counts).toMatchObject({ delivered: 1 });
});

test("an acknowledgement that never comes: the events are sent again, and may be there twice.", async () => {
  const { stream, put, double } = splunk((post) =>
    post === 1 ? "unacknowledged" : { ackAtPoll: 1 },
  );
  put("a");
  await stream.drain();
  expect(double.indexed).toEqual(["a", "a"]);
  expect(stream.counts).toMatchObject({ delivered: 1, failed: 0 });
});

test("the duration leaves out what acknowledgements were waited for, and the last one is still awaited.", async () => {
  const { stream, put, double, seconds, failures } = splunk(() => "unacknowledged", {
    RetryOptions: { DurationInSeconds: 10 },
    HECAcknowledgmentTimeoutInSeconds: 200,
  });
  put("a");
  await stream.flush();
  // Pauses of about 1, 2 and 4 s, and the rest of 10 s; before, between and after them 200 s of waiting.
  expect(double.indexed).toHaveLength(5);
  expect(seconds()).toBeGreaterThanOrEqual(5 * 200 + 10);
  expect(seconds()).toBeLessThan(5 * 200 + 20);
  expect(failures("splunk-failed")).toMatchObject([
    { errorCode: "Splunk.AckTimeout", attemptsMade: 5 },
  ]);
});

test.each<[Indexing, string]>([
  [{ status: 403, code: 1, text: "Token disabled" }, "Splunk.DisabledToken"],
  [{ status: 401, code: 2 }, "Splunk.InvalidToken"],
  [{ status: 403, code: 4 }, "Splunk.InvalidToken"],
  [{ status: 400, code: 6 }, "Splunk.InvalidDataFormat"],
  [{ status: 400, code: 7 }, "Splunk.InvalidIndex"],
  [{ status: 400, code: 10 }, "Splunk.ProxyWithoutStickySessions"],
  [{ status: 400, code: 14 }, "Splunk.DisabledAck"],
  [{ status: 503, code: 9 }, "Splunk.ServerError"],
  [{ status: 404 }, "Splunk.InvalidEndpoint"],
  [{ status: 502 }, "Splunk.ServerError"],
  ["withoutAckId", "Splunk.DisabledAck"],
  [Object.assign(new Error("reset"), { code: "ECONNRESET" }), "Splunk.ConnectionClosed"],
  [Object.assign(new Error("no such host"), { code: "ENOTFOUND" }), "Splunk.InvalidEndpoint"],
  [Object.assign(new Error("bad"), { code: "CERT_HAS_EXPIRED" }), "Splunk.SSLHandshake"],
])("%j is %s, and every failure is tried again.", async (indexing, errorCode) => {
  const { stream, put, failures, texts, double } = splunk(() => indexing, {
    RetryOptions: { DurationInSeconds: 1 },
  });
  const [id] = put("a");
  await stream.drain();
  expect(double.requests.length).toBeGreaterThan(1);
  expect(failures("splunk-failed")).toMatchObject([{ errorCode }]);
  const line = JSON.parse(texts("splunk-failed")[0]!);
  expect(Object.keys(line)).toEqual([
    "attemptsMade",
    "arrivalTimestamp",
    "errorCode",
    "errorMessage",
    "attemptEndingTimestamp",
    "rawData",
    "EventId",
  ]);
  expect(line.EventId).toBe(`${id}.0`);
});

test("AllEvents: every record lies in the bucket too.", async () => {
  const { stream, put, texts } = splunk(() => ({ ackAtPoll: 1 }), { S3BackupMode: "AllEvents" });
  put("a", "b");
  await stream.drain();
  expect(texts()).toEqual(["ab"]);
  expect(stream.counts).toMatchObject({ delivered: 2, backedUp: 2 });
});

test("without a collector the posts lie in the outbox, without the token.", async () => {
  const outbox = memoryBucket();
  const { stream, put } = rig(toSplunk(), { outbox });
  put('{"event":1}', '{"event":2}');
  await stream.drain();
  const files = [...outbox.objects].map(([key, { bytes }]) => [key, Buffer.from(bytes).toString()]);
  expect(files).toEqual([["orders/000001.event", '{"event":1}{"event":2}']]);
  expect(stream.counts).toMatchObject({ delivered: 2 });
});

test.each([
  [{ HECEndpoint: "inputs.splunk.example" }, "HECEndpoint"],
  [{ HECEndpointType: undefined }, "HECEndpointType is missing"],
  [{ HECToken: undefined }, "HECToken is missing, and no SecretsManagerConfiguration is enabled"],
  [{ HECAcknowledgmentTimeoutInSeconds: 100 }, "a number from 180 to 600"],
  [{ BufferingHints: { SizeInMBs: 6, IntervalInSeconds: 60 } }, "a number from 1 to 5"],
  [{ BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 61 } }, "a number from 0 to 60"],
  [{ S3BackupMode: "AllDocuments" }, "one of FailedEventsOnly, AllEvents"],
])("settings that Firehose refuses are refused: %j", (more, why) => {
  expect(() => splunk(() => "unacknowledged", more)).toThrow(why);
});

test("it is described as AWS describes it.", () => {
  const { stream } = splunk(() => "unacknowledged");
  expect(describeStream(stream).Destinations).toMatchObject([
    { SplunkDestinationDescription: { S3DestinationDescription: { BucketARN: bucketArn } } },
  ]);
});
