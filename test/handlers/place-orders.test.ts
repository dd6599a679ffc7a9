/** The example handler that produces, as serverless.yml runs it: behind an HTTP API, with the environment's client. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";

const closing: (() => unknown)[] = [];
beforeEach(() => {
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  vi.stubEnv("ORDERS_STREAM", "orders");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function loaded({ isThere = true } = {}) {
  const kinesis = createKinesis();
  if (isThere) kinesis.createStream({ name: "orders", shards: 1 });
  const server = await createKinesisServer({ kinesis });
  closing.push(() => server.close());
  vi.stubEnv("AWS_ENDPOINT_URL_KINESIS", server.endpoint);
  vi.resetModules();
  const { handler } = await import("../../handlers/place-orders.ts");
  const invoke = (event: object) => handler(event, {} as never);
  return { kinesis, invoke };
}

const order = { id: "o-1", account: "a-7", cents: 250, currency: "EUR" };

it("an order is answered with where it is in the stream, in text or in base64", async () => {
  const { kinesis, invoke } = await loaded();
  const text = JSON.stringify(order);
  const base64 = { body: Buffer.from(text).toString("base64"), isBase64Encoded: true };
  const answers = [await invoke({ body: text }), await invoke(base64)];
  const shardId = "shardId-000000000000";
  const shardIterator = kinesis.getShardIterator({
    ...{ type: "TRIM_HORIZON", stream: "orders", shardId },
  });
  const { records } = kinesis.getRecords({ shardIterator });
  expect(records.map(({ partitionKey }) => partitionKey)).toEqual(["a-7", "a-7"]);
  for (const [place, { data, sequenceNumber }] of records.entries()) {
    expect(JSON.parse(Buffer.from(data).toString())).toEqual(order);
    const { statusCode, body } = answers[place]!;
    expect({ statusCode, body: JSON.parse(body) }).toEqual({
      ...{ statusCode: 202, body: { shardId, sequenceNumber } },
    });
  }
});

it.each([
  ["no body", {}],
  ["no JSON", { body: "{" }],
  ["no amount", { body: JSON.stringify({ ...order, cents: 0 }) }],
])("%s is the caller's mistake", async (_, event) => {
  const { invoke } = await loaded();
  expect(await invoke(event)).toMatchObject({ statusCode: 400 });
});

it("an order that was not put is to be tried again, and said in the log", async () => {
  const { invoke } = await loaded({ isThere: false });
  const error = vi.spyOn(console, "error").mockReturnValue();
  expect(await invoke({ body: JSON.stringify(order) })).toMatchObject({ statusCode: 503 });
  expect(JSON.parse(error.mock.calls[0]![0])).toMatchObject({
    message: "An order was not put.",
    why: expect.stringContaining("ResourceNotFoundException"),
  });
});
