import { randomBytes } from "node:crypto";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import {
  bytes,
  cloudWatchLogs,
  type DecoderLike,
  gzip,
  json,
  kinesisConsumer,
  text,
  zstd,
} from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { allDone, answerAt, world } from "../../consumer/world.ts";

async function decoded<T>(decode: DecoderLike<T>, ...payloads: unknown[]) {
  const { runtime, finish, seen, on, metrics } = world();
  const values: T[] = [];
  const handler = kinesisConsumer<T>({
    consumer: "c",
    decode,
    runtime,
    on,
    order: "shard",
    process: (value) => void values.push(value),
  });
  const event = kinesisEvent(payloads);
  const answer = await finish(handler(event));
  const [failed] = seen;
  const error = failed?.type === "failed" ? (failed.error as Error) : undefined;
  expect(answer).toEqual(error ? answerAt(event, values.length) : allDone);
  return { values, error, metrics };
}

describe.each([
  ["gzip", gzip, gzipSync],
  ["zstd", zstd, zstdCompressSync],
] as const)("%s()", (_, codec, compress) => {
  it("hands what was compressed to another decoder", async () => {
    const schema = z.object({ id: z.string() });
    const { values } = await decoded(
      codec(json(schema)),
      compress('{"id":"a"}'),
      compress('{"id":"b"}'),
    );
    expect(values).toEqual([{ id: "a" }, { id: "b" }]);
  });

  it("may be nested, and take a function", async () => {
    const twice = codec(codec((data) => Buffer.from(data).toString().toUpperCase()));
    expect((await decoded(twice, compress(compress("a")))).values).toEqual(["A"]);
  });

  it.each([
    ["what is not compressed", "hello"],
    ["what is cut off", compress("hello hello hello").subarray(0, 12)],
    ["nothing", ""],
  ])("refuses %s", async (_, payload) => {
    const { error } = await decoded(codec(text()), payload);
    expect(error!.name).toBe("DecodeError");
    expect(error!.cause).toBeInstanceOf(Error);
  });

  it("refuses a small payload that would fill the memory, and says what the limit is", async () => {
    const bomb = compress(Buffer.alloc(65 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(100_000);
    const { error } = await decoded(codec(bytes()), bomb);
    expect(error!.message).toMatch(/67108864/);
  });

  it("takes another limit", async () => {
    const decode = codec(text(), { maxOutputLength: 10 });
    expect((await decoded(decode, compress("0123456789"))).values).toEqual(["0123456789"]);
    expect((await decoded(decode, compress("0123456789a"))).error!.message).toMatch(/\b10\b/);
  });
});

describe("zstd() and the frames of RFC 8878", () => {
  const options = (name: string, value: number) => ({
    params: { [constants[name as "ZSTD_c_checksumFlag"]]: value },
  });
  const content = Buffer.from("shardmill ".repeat(40_000));
  const noise = randomBytes(300_000);
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

  it.each([
    ["with a checksum", zstdCompressSync(content, options("ZSTD_c_checksumFlag", 1)), content],
    [
      "without a content size",
      zstdCompressSync(content, options("ZSTD_c_contentSizeFlag", 0)),
      content,
    ],
    ["with blocks that are stored or repeat one byte", zstdCompressSync(noise), noise],
    ["of one repeated byte", zstdCompressSync(Buffer.alloc(500_000)), Buffer.alloc(500_000)],
    ["of nothing", zstdCompressSync(Buffer.alloc(0)), Buffer.alloc(0)],
    [
      "one after the other, and one to skip",
      Buffer.concat([zstdCompressSync(content), skippable, zstdCompressSync(noise)]),
      Buffer.concat([content, noise]),
    ],
  ])("takes frames %s, and refuses them cut off anywhere", async (_, compressed, whole) => {
    const { values } = await decoded(zstd(bytes()), compressed);
    expect(Buffer.from(values[0]!).equals(whole)).toBe(true);
    const cuts = [1, 4, 5, 6, 9, 12, compressed.length >> 1, compressed.length - 1];
    for (const cut of cuts.filter((at) => at < compressed.length)) {
      const { error } = await decoded(zstd(bytes()), compressed.subarray(0, cut));
      expect(error!.name, `cut at ${cut}`).toBe("DecodeError");
    }
  });
});

it("zstd() counts all frames of a payload towards its limit", async () => {
  const twice = Buffer.concat([zstdCompressSync("012345"), zstdCompressSync("6789a")]);
  expect((await decoded(zstd(text()), twice)).values).toEqual(["0123456789a"]);
  const { error } = await decoded(zstd(text(), { maxOutputLength: 10 }), twice);
  expect(error!.message).toMatch(/more than 10 bytes/);
});

describe("cloudWatchLogs()", () => {
  const envelope = {
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "/aws/lambda/orders",
    logStream: "2026/01/01/[$LATEST]0",
    subscriptionFilters: ["errors"],
    logEvents: [{ id: "1", timestamp: 1767225600000, message: "ERROR no" }],
  };
  const packed = (value: unknown) => gzipSync(JSON.stringify(value));

  it("opens envelopes", async () => {
    expect((await decoded(cloudWatchLogs(), packed(envelope))).values).toEqual([envelope]);
  });

  it("drops control messages", async () => {
    const control = { ...envelope, messageType: "CONTROL_MESSAGE" };
    const { values, metrics } = await decoded(cloudWatchLogs(), packed(control), packed(envelope));
    expect(values).toEqual([envelope]);
    expect(metrics()).toMatchObject([{ UserRecords: 2, Processed: 1, GivenBack: 0 }]);
  });

  it.each<[string, unknown, RegExp]>([
    ["another message type", packed({ ...envelope, messageType: "NEWS" }), /messageType is "NEWS"/],
    ["another object", packed({ id: "a" }), /Not an envelope/],
    ["null", packed(null), /Not an envelope/],
    ["an envelope without events", packed({ messageType: "DATA_MESSAGE" }), /Not an envelope/],
    ["what is no JSON", gzipSync("oops"), /not JSON/],
    ["what is not compressed", JSON.stringify(envelope), /not gzip: it looks like JSON/],
  ])("refuses %s", async (_, payload, message) => {
    expect((await decoded(cloudWatchLogs(), payload)).error!.message).toMatch(message);
  });

  it("refuses an envelope that would fill the memory", async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, 0x20));
    expect((await decoded(cloudWatchLogs(), bomb)).error!.message).toMatch(/67108864/);
  });
});
