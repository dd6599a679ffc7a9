/** Reading with a handler's own code, in a process of its own. */
import { expect, test } from "vitest";
import { fileFunction } from "../../../packages/local/src/lambda/hosts/file-function.ts";
import { functionIdentity } from "../../../packages/local/src/lambda/hosts/function.ts";
import { handlerReader } from "../../../packages/local/src/reader/handler-reader.ts";
import { buildHandler } from "../../../packages/local/src/run/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { after } from "../../ending.ts";
import { fn, project } from "./templates.ts";

async function readerOf(source: string, clock = virtualClock()) {
  const at = project({ "handler.ts": source });
  const code = await buildHandler(fn("fn", at.at("handler.ts")).source, at.at("out"));
  const identity = functionIdentity({ functionName: "fn" });
  const reader = handlerReader(fileFunction(identity, { functionName: "fn", ...code }), clock);
  after(reader.close);
  return { at, clock, reader };
}

const record = (text: string) => ({
  ...{ data: Buffer.from(text).toString("base64"), partitionKey: "a", sequenceNumber: "1" },
  ...{ subSequenceNumber: 0, shardId: "shardId-000000000000", approximateArrivalTimestamp: 0 },
  streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
});

const consumer = (decode: string) => `
import { drop, kinesisConsumer } from "shardmill";
export const handler = kinesisConsumer({ consumer: "c", decode: ${decode}, process() {} });`;

test("records are read by the handler's decoder: as a value, as the JSON that they are, left out, or with what is wrong", async () => {
  const { reader } = await readerOf(
    consumer(`async (data: Uint8Array) => {
      const text = new TextDecoder().decode(data);
      if (text === "none") return drop();
      if (text === "day") return { at: new Date(0), of: 10n };
      return JSON.parse(text);
    }`),
  );
  const read = await reader.records(["day", '{"id":1}', "none", "{"].map(record));
  expect(read).toEqual([
    { text: "{ at: 1970-01-01T00:00:00.000Z, of: 10n }" },
    { isJson: true },
    { dropped: true },
    { error: expect.stringMatching(/^SyntaxError: /) },
  ]);
  // It counts in no windows.
  await expect(reader.state({ changes: [] })).rejects.toThrow("counts in no windows");
});

test("a handler of another make, and one that cannot be loaded, read nothing", async () => {
  const plain = await readerOf("export const handler = async () => {};");
  await expect(plain.reader.records([record("a")])).rejects.toThrow("no kinesisConsumer");
  const broken = await readerOf(`throw new Error("no such variable"); export const handler = 1;`);
  await expect(broken.reader.records([record("a")])).rejects.toThrow("no such variable");
});

test("a decoder that hangs is given up, and not asked again", async () => {
  const { clock, reader } = await readerOf(consumer("() => { for (;;); }"));
  const asked = reader.records([record("a")]);
  const refused = expect(asked).rejects.toThrow("does not answer");
  await clock.advance(15_000);
  await refused;
  await expect(reader.records([record("a")])).rejects.toThrow("once it is saved");
});
