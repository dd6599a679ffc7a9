import type { Context, KinesisStreamEvent, KinesisStreamHandler } from "aws-lambda";
import {
  type BatchRecord,
  bytes,
  cloudWatchLogs,
  type DecodeFunction,
  type Dropped,
  drop,
  gzip,
  json,
  kinesisConsumer,
  type LogsEnvelope,
  memoryParking,
  memoryProgress,
  text,
  type UserRecord,
  zstd,
} from "shardmill";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

/** Nothing here runs: what is under test is what the compiler takes, refuses and infers. */
const compiles = (_: () => unknown) => {};

const progress = memoryProgress();
const park = memoryParking();
const Flight = z.object({ id: z.string(), at: z.string().transform((value) => new Date(value)) });

describe("the value that process gets is what the decoder makes", () => {
  it("the output of a zod schema, not its input", () =>
    compiles(() =>
      kinesisConsumer({
        consumer: "c",
        decode: json(Flight),
        progress,
        uniqueId: (flight) => flight.id,
        process(flight, record) {
          expectTypeOf(flight).toEqualTypeOf<{ id: string; at: Date }>();
          expectTypeOf(record).toEqualTypeOf<UserRecord>();
        },
      }),
    ));

  it("the output of a valibot schema", () =>
    compiles(() =>
      kinesisConsumer({
        consumer: "c",
        decode: json(v.object({ id: v.string(), delay: v.optional(v.number(), 0) })),
        process: (flight) => expectTypeOf(flight).toEqualTypeOf<{ id: string; delay: number }>(),
      }),
    ));

  it("unknown for json() without a schema: nothing has looked at it", () =>
    compiles(() =>
      kinesisConsumer({
        consumer: "c",
        decode: json(),
        process: (value) => expectTypeOf(value).toEqualTypeOf<unknown>(),
      }),
    ));

  it("text, bytes, and bytes where there is no decoder", () =>
    compiles(() => {
      kinesisConsumer({
        consumer: "c",
        decode: text(),
        process: (value) => expectTypeOf(value).toEqualTypeOf<string>(),
      });
      kinesisConsumer({
        consumer: "c",
        decode: bytes(),
        process: (value) => expectTypeOf(value).toEqualTypeOf<Uint8Array>(),
      });
      kinesisConsumer({
        consumer: "c",
        process: (value) => expectTypeOf(value).toEqualTypeOf<Uint8Array>(),
      });
    }));

  it("through compression, and in CloudWatch's envelopes", () =>
    compiles(() => {
      kinesisConsumer({
        consumer: "c",
        decode: gzip(json(Flight)),
        process: ({ at }) => expectTypeOf(at).toEqualTypeOf<Date>(),
      });
      kinesisConsumer({
        consumer: "c",
        decode: zstd(gzip((data) => data.byteLength)),
        process: (size) => expectTypeOf(size).toEqualTypeOf<number>(),
      });
      kinesisConsumer({
        consumer: "c",
        decode: cloudWatchLogs(),
        process: (envelope) => expectTypeOf(envelope).toEqualTypeOf<LogsEnvelope>(),
      });
    }));

  it("of a function, without what it drops", () =>
    compiles(() => {
      const decode: DecodeFunction<string> = (data) =>
        data.byteLength === 0 ? drop() : String(data);
      kinesisConsumer({
        consumer: "c",
        decode,
        process: (value) => expectTypeOf(value).toEqualTypeOf<string>(),
      });
      kinesisConsumer({
        consumer: "c",
        decode: async (data, record) => ({ size: data.byteLength, key: record.partitionKey }),
        process: (value) => expectTypeOf(value).toEqualTypeOf<{ size: number; key: string }>(),
      });
      expectTypeOf(drop()).toEqualTypeOf<Dropped>();
    }));

  it("also in processBatch", () =>
    compiles(() =>
      kinesisConsumer({
        consumer: "c",
        decode: json(Flight),
        async processBatch(records, { signal, remainingMs }) {
          expectTypeOf(records).toEqualTypeOf<readonly BatchRecord<{ id: string; at: Date }>[]>();
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
          expectTypeOf(remainingMs).toEqualTypeOf<number>();
          return { failed: [{ record: records[0]!, error: new Error("no") }] };
        },
      }),
    ));
});

describe("the compiler refuses", () => {
  const common = { consumer: "c", process() {} } as const;

  it("what needs progress, without it", () =>
    compiles(() => {
      // @ts-expect-error uniqueId needs progress
      kinesisConsumer({ ...common, uniqueId: () => "a" });
      // @ts-expect-error park needs progress
      kinesisConsumer({ ...common, park });
      // @ts-expect-error a window needs progress
      kinesisConsumer({ ...common, dedupeWindowInSeconds: 60 });
      // @ts-expect-error maxAttempts needs progress, and park
      kinesisConsumer({ ...common, maxAttempts: 3 });
    }));

  it("what needs parking, without it", () =>
    compiles(() => {
      // @ts-expect-error maxAttempts needs park
      kinesisConsumer({ ...common, progress, maxAttempts: 3 });
      kinesisConsumer({ ...common, progress, park, maxAttempts: 3 });
    }));

  it("process and processBatch together, neither, or the limits of one with the other", () =>
    compiles(() => {
      // @ts-expect-error one or the other
      kinesisConsumer({ consumer: "c", process() {}, processBatch() {} });
      // @ts-expect-error one of them
      kinesisConsumer({ consumer: "c" });
      // @ts-expect-error maxItems is of processBatch
      kinesisConsumer({ consumer: "c", process() {}, maxItems: 10 });
      kinesisConsumer({ consumer: "c", processBatch() {}, maxItems: 10, maxBytes: 1000 });
    }));

  it("values of another kind", () =>
    compiles(() => {
      // @ts-expect-error no such order
      kinesisConsumer({ ...common, order: "key" });
      // @ts-expect-error an id is a text
      kinesisConsumer({ ...common, progress, uniqueId: () => 7 });
      // @ts-expect-error an id that comes later is a text too
      kinesisConsumer({ ...common, progress, uniqueId: async () => 7 });
      // @ts-expect-error a zod schema is no decoder: json(schema) is
      kinesisConsumer({ ...common, decode: Flight });
      // @ts-expect-error no schema
      json({ parse() {} });
      // @ts-expect-error there is no such option
      kinesisConsumer({ ...common, maxAttempt: 3 });
      // @ts-expect-error a consumer has a name
      kinesisConsumer({ process() {} });
    }));

  it("answers of processBatch that make no sense", () =>
    compiles(() => {
      kinesisConsumer({
        consumer: "c",
        // @ts-expect-error Lambda's response is not this function's
        processBatch: () => ({ batchItemFailures: [] }),
      });
      kinesisConsumer({
        consumer: "c",
        // @ts-expect-error a record is named by the record that was given
        processBatch: (records) => ({ failed: records.map((r) => r.record.sequenceNumber) }),
      });
    }));
});

describe("the handler", () => {
  it("is one that Lambda's types know", () =>
    compiles(() => {
      const handler = kinesisConsumer({ consumer: "c", process() {} });
      const typed: KinesisStreamHandler = handler;
      expectTypeOf(typed).toBeFunction();
      expectTypeOf(handler({} as KinesisStreamEvent, {} as Context)).resolves.toEqualTypeOf<{
        readonly batchItemFailures: { readonly itemIdentifier: string }[];
      }>();
    }));

  it("stays one when middleware is added", () =>
    compiles(() => {
      const handler = kinesisConsumer({ consumer: "c", process() {} });
      expectTypeOf(handler.use({ before: () => {} })).toEqualTypeOf(handler);
      expectTypeOf(handler.use([{ after: () => {} }]).before(() => {})).toEqualTypeOf(handler);
      // @ts-expect-error no middleware
      handler.use("cors");
    }));
});
