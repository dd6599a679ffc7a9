import { connect } from "node:http2";
import { crc32 } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { virtualClock } from "../../../../src/time/virtual-clock.ts";
import { json, served } from "../api/served.ts";
import { shardId } from "../simulated.ts";

const stream = "orders";

async function subscribed() {
  const clock = virtualClock();
  const api = await served({ clock });
  const { kinesis, server } = api;
  kinesis.createStream({ name: stream });
  const { arn: ConsumerARN } = kinesis.registerStreamConsumer({ stream, name: "app" });
  const session = connect(server.endpoint);
  onTestFinished(() => session.destroy());

  function subscribe(StartingPosition: object = { Type: "TRIM_HORIZON" }) {
    const request = session.request({
      ":method": "POST",
      "content-type": json,
      "x-amz-target": "Kinesis_20131202.SubscribeToShard",
      authorization: "AWS4-HMAC-SHA256 Credential=a",
    });
    request.end(JSON.stringify({ ConsumerARN, ShardId: shardId(0), StartingPosition }));
    return frames(request);
  }
  return { ...api, clock, subscribe };
}

const put = (kinesis: any, text: string) =>
  kinesis.putRecord({ stream, partitionKey: "a", data: Buffer.from(text) });

test("records come as they are put, after an initial response", async () => {
  const { kinesis, subscribe } = await subscribed();
  put(kinesis, "before");
  const events = subscribe();
  expect((await events.next()).headers).toMatchObject({
    ":message-type": "event",
    ":event-type": "initial-response",
  });
  const first = await events.next();
  expect(first.headers).toEqual({
    ":message-type": "event",
    ":event-type": "SubscribeToShardEvent",
    ":content-type": json,
  });
  expect(texts(first)).toEqual(["before"]);
  const { sequenceNumber } = put(kinesis, "after");
  const second = await events.next();
  expect(texts(second)).toEqual(["after"]);
  expect(second.payload.ContinuationSequenceNumber).toBe(sequenceNumber);
});

test("an idle subscription says every five seconds where to go on, and ends after five minutes", async () => {
  const { kinesis, clock, subscribe } = await subscribed();
  const { sequenceNumber } = put(kinesis, "old");
  const events = subscribe({ Type: "LATEST" });
  await events.next();
  let beats = 0;
  for (; beats < 59; beats++) {
    await clock.advance(5000);
    const { payload } = await events.next();
    expect(payload.Records).toEqual([]);
    const after = BigInt(payload.ContinuationSequenceNumber);
    expect(after).toBeGreaterThanOrEqual(BigInt(sequenceNumber));
  }
  await clock.advance(5000);
  expect(await events.next()).toBeUndefined();
});

test("a continuation goes on after what it continues, data or none", async () => {
  const { kinesis, clock, subscribe } = await subscribed();
  const events = subscribe({ Type: "LATEST" });
  await events.next();
  await clock.advance(5000);
  const { ContinuationSequenceNumber } = (await events.next()).payload;
  put(kinesis, "one");
  await events.next();
  await clock.advance(5000);
  const again = subscribe({
    Type: "AFTER_SEQUENCE_NUMBER",
    SequenceNumber: ContinuationSequenceNumber,
  });
  await again.next();
  expect(texts(await again.next())).toEqual(["one"]);
});

test("a second subscription is refused for five seconds, and then takes over", async () => {
  const { clock, subscribe } = await subscribed();
  const first = subscribe();
  await first.next();
  const soon = subscribe();
  expect(await soon.error()).toEqual({
    __type: "ResourceInUseException",
    message: `Another active subscription exists for this consumer: 123456789012:orders:${shardId(0)}:app`,
  });
  await clock.advance(5000);
  const later = subscribe();
  expect((await later.next()).headers[":event-type"]).toBe("initial-response");
  while (await first.next());
});

test("at the end of a shard its children are named, and the stream ends", async () => {
  const { kinesis, subscribe } = await subscribed();
  const events = subscribe();
  await events.next();
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "100" });
  const { payload } = await events.next();
  expect(payload.ContinuationSequenceNumber).toBeUndefined();
  expect(payload.ChildShards.map((one: any) => one.ShardId)).toEqual([shardId(1), shardId(2)]);
  expect(await events.next()).toBeUndefined();
});

test("a stream that is deleted ends its subscriptions with an exception", async () => {
  const { kinesis, clock, subscribe } = await subscribed();
  const events = subscribe();
  await events.next();
  kinesis.deleteStream({ stream, enforceConsumerDeletion: true });
  await clock.advance(5000);
  const { headers } = await events.next();
  expect(headers).toMatchObject({
    ":message-type": "exception",
    ":exception-type": "ResourceNotFoundException",
  });
});

test("closing the server ends subscriptions", async () => {
  const { server, subscribe } = await subscribed();
  const events = subscribe();
  await events.next();
  await server.close();
  expect(await events.next()).toBeUndefined();
});

const texts = ({ payload }: any) =>
  payload.Records.map((one: any) => Buffer.from(one.Data, "base64").toString());

/** Takes an event stream apart, checksums and all. */
function frames(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]();
  let bytes = Buffer.alloc(0);
  async function more(): Promise<boolean> {
    const { value, done } = await chunks.next();
    if (!done) bytes = Buffer.concat([bytes, value]);
    return !done;
  }
  return {
    async error() {
      while (await more());
      return JSON.parse(bytes.toString());
    },
    /** Undefined when the stream has ended. */
    async next(): Promise<any> {
      while (bytes.length < 4 || bytes.length < bytes.readUInt32BE(0)) {
        if (!(await more())) return undefined;
      }
      const frame = bytes.subarray(0, bytes.readUInt32BE(0));
      bytes = bytes.subarray(frame.length);
      expect(frame.readUInt32BE(8)).toBe(crc32(frame.subarray(0, 8)));
      expect(frame.readUInt32BE(frame.length - 4)).toBe(crc32(frame.subarray(0, -4)));
      const headersEnd = 12 + frame.readUInt32BE(4);
      const headers: Record<string, string> = {};
      for (let at = 12; at < headersEnd; ) {
        const name = frame.toString("utf8", at + 1, at + 1 + frame[at]!);
        const value = at + 1 + frame[at]! + 3;
        const end = value + frame.readUInt16BE(value - 2);
        headers[name] = frame.toString("utf8", value, end);
        at = end;
      }
      return { headers, payload: JSON.parse(frame.toString("utf8", headersEnd, frame.length - 4)) };
    },
  };
}
