/** Whatever a record is like, its store takes it, and a redrive finds it: the same record, or where it stands in the stream. */
import { GetObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import type { ParkedRecord } from "shardmill";
import { s3Payloads } from "shardmill/s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PayloadStore } from "../../src/park/payload.ts";
import { logName } from "../../src/progress/entry.ts";
import { formatPosition, shardCreatedAt } from "../../src/record/position.ts";
import { findIn, type ServedStore, servedBucket, servedStores } from "./served-stores.ts";

/** What stores refuse, change, count twice or more, or read as something else. */
const characters = [
  "x",
  "é",
  "漢",
  "😀",
  "\u0000",
  "\u001f",
  "\ufffe",
  "\uffff",
  "\ud800",
  '"',
  "\\",
  "#",
  "/",
];

const text = (...lengths: number[]) =>
  fc
    .tuple(
      fc.constantFrom(...lengths),
      fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 3 }),
    )
    .map(([length, parts]) => parts.join("").repeat(length).slice(0, length));

const error = fc.record({
  name: fc.oneof(fc.constant("TypeError"), text(50_000)),
  message: text(0, 10, 1001, 280_000),
  isRepeated: fc.boolean(),
});

const described = ({
  name,
  message,
  isRepeated,
}: {
  name: string;
  message: string;
  isRepeated: boolean;
}) => ({
  name,
  message,
  ...(isRepeated && { stack: `${name}: ${message}\n    at file:///var/task/index.mjs:1:1` }),
});

const name = (...odd: string[]) => fc.oneof(fc.constant("orders"), fc.constantFrom(...odd));

let records = 0;

const record: fc.Arbitrary<ParkedRecord> = fc
  .record({
    consumer: name(
      ".",
      "..",
      "c".repeat(100),
      `${"c".repeat(100)}@${"e".repeat(100)}`,
      "c".repeat(2100),
    ),
    stream: name("..", "s".repeat(128), "s".repeat(1100)),
    shardId: fc.constantFrom("shardId-000000000000", `shardId-${"1".repeat(120)}`),
    sequenceNumber: fc.constantFrom(
      "49659172051921876073359630856560954531429613779191595010",
      "9".repeat(129),
    ),
    subSequenceNumber: fc.constantFrom(0, 3, 300_000),
    inner: fc.option(fc.constant("00ff".repeat(8)), { nil: undefined }),
    partitionKey: fc.oneof(fc.constant("SFO"), text(1, 256, 300_000)),
    explicitHashKey: fc.option(text(39, 300_000), { nil: undefined }),
    uniqueId: fc.option(text(1, 36, 1025, 250_000), { nil: undefined }),
    size: fc.constantFrom(
      0,
      1,
      700,
      150_000,
      191_000,
      380 * 1024,
      380 * 1024 + 1,
      409_000,
      1_048_576,
    ),
    error,
    cause: fc.option(error, { nil: undefined }),
    number: fc.constantFrom(1, 1_767_225_600_123, Number.NaN, Number.POSITIVE_INFINITY),
  })
  .map(({ stream, inner, size, error, cause, number, ...drawn }) => {
    // No two are one.
    const sequenceNumber = `${drawn.sequenceNumber.slice(0, -6)}${100_000 + ++records}`;
    const consumer = drawn.consumer === "orders" ? `orders${records}` : drawn.consumer;
    const fields = { ...drawn, consumer, sequenceNumber };
    const { shardId, subSequenceNumber } = fields;
    const streamArn = `arn:aws:kinesis:us-east-1:123456789012:stream/${stream}`;
    const log = logName(consumer, streamArn, shardCreatedAt(sequenceNumber), shardId);
    const place =
      inner === undefined
        ? formatPosition({ sequenceNumber, subSequenceNumber })
        : `${sequenceNumber}#${inner}`;
    return {
      ...fields,
      id: `${log}#${place}`,
      streamArn,
      name: "0123456789abcdef".repeat(2),
      data: new Uint8Array(size).fill(255),
      error: { ...described(error), ...(cause && { cause: described(cause) }) },
      approximateArrivalTimestamp: 1_767_225_600_123,
      attempts: number,
      firstFailedAt: number,
      parkedAt: 1_767_225_602_000,
    };
  });

const refusing: PayloadStore = {
  put: async () => {
    const refusal = { name: "NoSuchBucket", $metadata: { httpStatusCode: 404 } };
    throw Object.assign(new Error("The specified bucket does not exist"), refusal);
  },
};

describe.each(Object.keys(servedStores))("any record in %s", (kind) => {
  let store: ServedStore;
  let large: Awaited<ReturnType<typeof servedBucket>>;
  beforeAll(async () => {
    store = await servedStores[kind]!();
    large = await servedBucket("large");
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await large.close();
  });

  it("is parked, and found with its payload, or with the way to it", async () => {
    const overflow = fc.constantFrom("none", "a bucket", "a bucket that is not there");
    await fc.assert(
      fc.asyncProperty(record, overflow, async (record, overflow) => {
        // So long a name of a consumer or a stream is none of Kinesis or shardmill, and no key of a queue.
        fc.pre(kind !== "a queue of 1 KiB" || record.id.length < 1000);
        const { client, bucket } = large;
        const payloads =
          overflow === "none"
            ? undefined
            : overflow === "a bucket"
              ? s3Payloads({ bucket, client })
              : refusing;
        const parking = store.parking(record, payloads);
        const warning = await parking.park(record);
        await parking.confirm(record);
        const source = await store.source(record, Date.now);
        const { item, hold } = await findIn(source, record);
        const { streamArn, shardId, sequenceNumber, subSequenceNumber } = record;
        expect(item).toMatchObject({ streamArn, shardId, sequenceNumber, subSequenceNumber });
        expect(item).toMatchObject({
          name: record.name,
          approximateArrivalTimestamp: 1_767_225_600_123,
        });
        expect(item.uniqueId === undefined).toBe(record.uniqueId === undefined);
        if ("data" in item.payload) expect(Buffer.compare(item.payload.data, record.data)).toBe(0);
        else if ("payloadLocation" in item.payload) {
          const [, , Bucket, ...key] = item.payload.payloadLocation.split("/");
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key.join("/") }));
          expect(Buffer.compare(await Body!.transformToByteArray(), record.data)).toBe(0);
        }
        // What is not with it stands in the stream, and that is said.
        const isInStream = "pointer" in item.payload;
        expect(warning !== undefined).toBe(isInStream);
        if (isInStream) expect(warning).toContain("before the stream's retention ends");
        if (item.partitionKey === undefined) expect(isInStream).toBe(true);
        else {
          expect(item.partitionKey).toBe(record.partitionKey);
          expect(item.explicitHashKey).toBe(record.explicitHashKey);
        }
        expect(await hold.take("token", Date.now() + 60_000)).toBe(true);
        expect(await hold.finish()).toBe(true);
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
