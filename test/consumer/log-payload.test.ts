/** Log lines have nothing of a payload, unless they are asked to. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import {
  cloudWatchLogs,
  fail,
  gzip,
  json,
  type KinesisConsumerOptions,
  kinesisConsumer,
  pipeline,
  text,
  zstd,
} from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { world } from "./world.ts";

const secret = "hunter2";

/** The line of the record that failed, and all that was logged. */
async function logged(options: Partial<KinesisConsumerOptions<any>>, payload: unknown) {
  const { finish, logs, runtime } = world();
  const common = { consumer: "c", runtime, metrics: false, process() {} };
  await finish(kinesisConsumer<any>({ ...common, ...options } as never)(kinesisEvent([payload])));
  const lines = logs().filter(({ message }) => message.startsWith("A record failed"));
  expect(lines).toHaveLength(1);
  return { line: lines[0]!, text: JSON.stringify(logs()) };
}

const parse = (value: string) => JSON.parse(value) as unknown;

describe("the log line of a failed record", () => {
  it.each<[string, Partial<KinesisConsumerOptions<any>>, unknown, RegExp]>([
    ["no JSON", { decode: json() }, secret, /payload of 7 bytes is not JSON: it looks like text\./],
    [
      "cut off",
      { decode: json() },
      `{"name":"${secret}`,
      /is not JSON: what is wrong is at position/,
    ],
    ["cut off after a value", { decode: json() }, `["${secret}"`, /is not JSON/],
    ["nothing", { decode: json() }, "", /is empty, and not JSON/],
    ["gzip", { decode: json() }, gzipSync(secret), /not UTF-8 text: it looks like gzip\./],
    [
      "UTF-16",
      { decode: json() },
      Buffer.from(`\ufeff"${secret}"`, "utf16le"),
      /looks like UTF-16/,
    ],
    ["no UTF-8", { decode: text() }, Buffer.from([...Buffer.from(secret), 0xff]), /not UTF-8 text/],
    ["no gzip", { decode: gzip(json()) }, `{"a":"${secret}"}`, /not gzip: it looks like JSON\./],
    [
      "gzip in base64",
      { decode: gzip(json()) },
      gzipSync(secret).toString("base64"),
      /not gzip: it looks like gzip that was encoded as base64\./,
    ],
    [
      "gzip that is cut off",
      { decode: gzip(json()) },
      gzipSync(secret).subarray(0, 20),
      /is gzip that cannot be decompressed: unexpected end of file/,
    ],
    ["Zstandard", { decode: gzip(json()) }, zstdCompressSync(secret), /looks like Zstandard\./],
    [
      "no Zstandard",
      { decode: zstd(json()) },
      `["${secret}"]`,
      /not Zstandard: it looks like JSON\./,
    ],
    [
      "another envelope",
      { decode: cloudWatchLogs() },
      gzipSync(`{"messageType":"${secret}"}`),
      /not an envelope of CloudWatch Logs/,
    ],
    [
      "another value than its schema wants",
      { decode: json(v.object({ name: v.literal("ann") })) },
      { name: secret },
      /does not match its schema: what is wrong is at name\./,
    ],
    [
      "another value inside",
      { decode: json(z.object({ a: z.array(z.object({ b: z.number() })) })) },
      { a: [{ b: 1 }, { b: secret }] },
      /what is wrong is at a\.1\.b\./,
    ],
    [
      "what a decoder of one's own quotes",
      {
        decode(data: Uint8Array) {
          throw new Error(`What is ${String(data)}?`);
        },
      },
      secret,
      /The payload of 7 bytes cannot be decoded\. With logPayload: true/,
    ],
    [
      "what process parses in vain",
      { decode: text(), process: parse },
      `{"a":"${secret}", oops`,
      /^Expected .* in JSON at position|is not valid JSON/,
    ],
    [
      "what process parses in vain at once",
      { decode: text(), process: parse },
      secret,
      /not valid JSON/,
    ],
    [
      "what a pipeline parses in vain",
      { pipeline: pipeline({ decode: text(), map: (value) => ({ value: parse(value) }) }) },
      secret,
      /not valid JSON/,
    ],
  ])(
    "has nothing of the payload where it is %s, and says what it is",
    async (_, options, payload, why) => {
      const { line, text } = await logged(options, payload);
      expect(line.error.message).toMatch(why);
      expect(text).not.toContain(secret);
      expect(line).not.toHaveProperty("payload");
    },
  );

  it("takes no time to speak of, however many quotes an error has", async () => {
    const error = new Error('"'.repeat(300_000));
    const throwing = () => {
      throw error;
    };
    const { line } = await logged({ decode: text(), process: throwing }, secret);
    expect(line.error.message).toBe(error.message);
  });

  it("has what fail() was given as the reason", async () => {
    const refusing = pipeline({ decode: text(), map: () => fail("Too old.") });
    const { line } = await logged({ pipeline: refusing }, secret);
    expect(line).toMatchObject({
      message: "A record failed for good.",
      error: { message: "Too old." },
    });
  });

  it("has the payload and all that was said of it with logPayload", async () => {
    const { line } = await logged({ decode: json(), logPayload: true }, secret);
    expect(line.payload).toBe(secret);
    expect(line.error.message).toContain(`It begins with "${secret}"`);
    const schema = json(v.object({ name: v.literal("ann") }));
    const mismatch = await logged({ decode: schema, logPayload: true }, { name: secret });
    expect(mismatch.line.error.message).toContain(secret);
    const binary = await logged({ decode: json(), logPayload: true }, Buffer.from([0xff, 0xfe]));
    expect(binary.line.payload).toBe("//4=");
  });
});
