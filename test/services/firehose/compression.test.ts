import { gunzipSync, unzipSync } from "fflate";
import { snappyUncompress } from "hyparquet";
import { expect, test } from "vitest";
import { rig, toS3 } from "./rig.ts";

/** Longer than the blocks of both Snappy framings. */
const lines = Array.from({ length: 12_000 }, (_, at) => `{"line":${at},"word":"${at % 97}"}\n`);
const whole = lines.join("");

async function objectOf(CompressionFormat: string) {
  const { stream, bucket } = rig(toS3({ CompressionFormat }));
  for (let at = 0; at < lines.length; at += 1000) {
    stream.put(Buffer.from(lines.slice(at, at + 1000).join("")));
  }
  await stream.drain();
  const [[key, object]] = [...bucket.objects] as [
    [string, typeof bucket.objects extends ReadonlyMap<string, infer O> ? O : never],
  ];
  expect(object.contentType).toBe("application/octet-stream");
  return { key, ...object, bytes: Buffer.from(object.bytes) };
}

test("T6: UNCOMPRESSED is as it came.", async () => {
  const { bytes, key, contentEncoding } = await objectOf("UNCOMPRESSED");
  expect(bytes.toString()).toBe(whole);
  expect(contentEncoding).toBeUndefined();
  expect(key).toMatch(/[0-9a-f]{12}$/);
});

test("T6: GZIP is read by another decoder than Node's.", async () => {
  const { bytes, key, contentEncoding } = await objectOf("GZIP");
  expect(Buffer.from(gunzipSync(bytes)).toString()).toBe(whole);
  expect(contentEncoding).toBe("gzip");
  expect(key).toMatch(/\.gz$/);
});

test("T6: ZIP has one entry, named by a UUID.", async () => {
  const { bytes, key, contentEncoding } = await objectOf("ZIP");
  const entries = Object.entries(unzipSync(bytes));
  expect(entries).toHaveLength(1);
  const [name, content] = entries[0]!;
  expect(name).toMatch(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  expect(Buffer.from(content).toString()).toBe(whole);
  expect(contentEncoding).toBe("zip");
  expect(key).toMatch(/\.zip$/);
});

function uncompressBlock(block: Uint8Array): Buffer {
  // The length before compression is a varint at the start.
  let length = 0;
  for (let at = 0, shift = 0; ; at++, shift += 7) {
    length |= (block[at]! & 0x7f) << shift;
    if (block[at]! < 0x80) break;
  }
  const output = new Uint8Array(length);
  snappyUncompress(block, output);
  return Buffer.from(output);
}

test("T6: Snappy is snappy-java's stream, with its magic.", async () => {
  const { bytes, key, contentEncoding } = await objectOf("Snappy");
  expect(bytes.toString("latin1", 0, 8)).toBe("\x82SNAPPY\0");
  expect(bytes.readUInt32BE(8)).toBe(1);
  expect(bytes.readUInt32BE(12)).toBe(1);
  const blocks: Buffer[] = [];
  for (let at = 16; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    blocks.push(uncompressBlock(bytes.subarray(at + 4, at + 4 + length)));
    // Its readers have buffers of this size.
    expect(blocks.at(-1)!.length).toBeLessThanOrEqual(32 * 1024);
    at += 4 + length;
  }
  expect(blocks.length).toBeGreaterThan(1);
  expect(Buffer.concat(blocks).toString()).toBe(whole);
  expect(contentEncoding).toBe("snappy-java");
  expect(key).toMatch(/\.snappy$/);
});

test("T6: HADOOP_SNAPPY has Hadoop's blocks.", async () => {
  const { bytes, key, contentEncoding } = await objectOf("HADOOP_SNAPPY");
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const before = bytes.readUInt32BE(at);
    const after = bytes.readUInt32BE(at + 4);
    const block = uncompressBlock(bytes.subarray(at + 8, at + 8 + after));
    expect(block).toHaveLength(before);
    blocks.push(block);
    at += 8 + after;
  }
  expect(blocks.length).toBeGreaterThan(1);
  expect(Buffer.concat(blocks).toString()).toBe(whole);
  expect(contentEncoding).toBe("hadoop-snappy");
  expect(key).toMatch(/\.snappy$/);
});

test("T6: the names of the formats are exact.", () => {
  expect(() => rig(toS3({ CompressionFormat: "SNAPPY" }))).toThrow(
    'CompressionFormat is "SNAPPY", and must be one of UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY.',
  );
});
