import type { Context, FirehoseTransformationEvent } from "aws-lambda";
import { bytes, cloudWatchLogs, gzip, json, kinesisConsumer, pipeline, text } from "shardmill";
import {
  drop,
  type FirehoseEvent,
  type FirehoseRecord,
  type FirehoseResponse,
  fail,
  firehoseTransform,
  type TransformContext,
  toBytes,
  toCsv,
  toJsonLines,
  toText,
} from "shardmill/firehose";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

/** Nothing here runs: what is under test is what the compiler takes, refuses and infers. */
const compiles = (_: () => unknown) => {};

const Order = z.object({ id: z.string(), total: z.number(), note: z.string().optional() });
type Order = { id: string; total: number; note?: string | undefined };

describe("the value that transform gets is what the decoder makes", () => {
  it("of a schema, of text, in envelopes, through compression, of a function, and bytes without one", () =>
    compiles(() => {
      firehoseTransform({
        decode: json(Order),
        transform(order, record, context) {
          expectTypeOf(order).toEqualTypeOf<Order>();
          expectTypeOf(record).toEqualTypeOf<FirehoseRecord>();
          expectTypeOf(context).toEqualTypeOf<TransformContext>();
          return order;
        },
      });
      firehoseTransform({ decode: text(), transform: (line) => line.length });
      firehoseTransform({ decode: gzip(json(Order)), transform: ({ total }) => total });
      firehoseTransform({
        decode: cloudWatchLogs(),
        transform: ({ logEvents }) => logEvents.map(({ message }) => message),
        encode: toText(),
      });
      firehoseTransform({
        decode: async (data, record) => ({ size: data.byteLength, id: record.recordId }),
        transform: (value) => {
          expectTypeOf(value).toEqualTypeOf<{ size: number; id: string }>();
          return value;
        },
      });
      firehoseTransform({
        transform: (value) => {
          expectTypeOf(value).toEqualTypeOf<Uint8Array>();
          return value;
        },
      });
    }));
});

describe("what transform answers is what is partitioned and written", () => {
  it("without drop(), fail() and lists around it", () =>
    compiles(() => {
      firehoseTransform({
        decode: json(Order),
        async transform({ id, total }) {
          if (total === 0) return drop();
          return total < 0 ? fail("no") : [{ id, cents: 100 * total }];
        },
        partitionBy(output, record) {
          expectTypeOf(output).toEqualTypeOf<{ id: string; cents: number }>();
          expectTypeOf(record).toEqualTypeOf<FirehoseRecord>();
          return { id: output.id, cents: output.cents };
        },
        otfMetadata: ({ id }) => ({ destinationTableName: id, operation: "insert" }),
        encode: toCsv({ columns: ["id", "cents"] }),
      });
    }));

  it("is what was decoded, where there is no transform", () =>
    compiles(() => {
      firehoseTransform({
        decode: json(Order),
        partitionBy: (order) => {
          expectTypeOf(order).toEqualTypeOf<Order>();
          return { id: order.id };
        },
        encode: toCsv({ columns: ["total", "id"] }),
      });
      firehoseTransform({ decode: text(), encode: toText() });
      firehoseTransform({ encode: toBytes() });
      firehoseTransform({ decode: json(Order), encode: ({ id }) => id });
      firehoseTransform({ decode: json(), encode: toJsonLines() });
    }));
});

describe("the compiler refuses", () => {
  it("encoders for other values", () =>
    compiles(() => {
      // @ts-expect-error orders are no text
      firehoseTransform({ decode: json(Order), encode: toText() });
      // @ts-expect-error numbers are no text
      firehoseTransform({ decode: json(Order), transform: ({ total }) => total, encode: toText() });
      // @ts-expect-error there is no such column
      firehoseTransform({ decode: json(Order), encode: toCsv({ columns: ["id", "totl"] }) });
      // @ts-expect-error a column that may not be there
      firehoseTransform({ decode: json(Order), encode: toCsv({ columns: ["note"] }) });
    }));

  it("partition keys that are neither text nor numbers", () =>
    compiles(() => {
      // @ts-expect-error a note may be missing
      firehoseTransform({ decode: json(Order), partitionBy: ({ note }) => ({ note }) });
      // @ts-expect-error keys have names
      firehoseTransform({ decode: json(Order), partitionBy: ({ id }) => id });
      // @ts-expect-error keys that come later have names too
      firehoseTransform({ decode: json(Order), partitionBy: async ({ id }) => id });
    }));

  it("routes that Iceberg does not know", () =>
    compiles(() => {
      // @ts-expect-error no such operation
      firehoseTransform({ decode: text(), otfMetadata: () => ({ operation: "upsert" }) });
    }));

  it("options that do not exist, or do not go together", () =>
    compiles(() => {
      const own = pipeline({ decode: json(Order) });
      // @ts-expect-error there is no such option
      firehoseTransform({ transfrom: () => 1 });
      // @ts-expect-error a pipeline decodes
      firehoseTransform({ pipeline: own, decode: text() });
      // @ts-expect-error a pipeline transforms
      firehoseTransform({ pipeline: own, transform: () => 1 });
      // @ts-expect-error a decoder is no pipeline
      firehoseTransform({ pipeline: json(Order) });
      // @ts-expect-error a pipeline decodes, on a stream too
      kinesisConsumer({ consumer: "c", pipeline: own, decode: text(), process() {} });
    }));
});

describe("a pipeline", () => {
  const single = pipeline({
    decode: json(Order),
    filter: ({ total }) => total > 0,
    map: ({ id, total }, { approximateArrivalTimestamp }) =>
      total > 10 ? fail("no") : { id, at: approximateArrivalTimestamp },
    partition: ({ id, at }) => ({ id, at }),
  });
  const list = pipeline({
    decode: text(),
    map: async (line) => (line === "" ? drop() : line.split(" ")),
    partition: (word) => ({ word }),
  });

  it("that answers with values hands on an output", () =>
    compiles(() =>
      kinesisConsumer({
        consumer: "c",
        pipeline: single,
        process({ value, partition }, record) {
          expectTypeOf(value).toEqualTypeOf<{ id: string; at: number }>();
          expectTypeOf(partition).toEqualTypeOf<{ id: string; at: number }>();
          expectTypeOf(record.partitionKey).toEqualTypeOf<string>();
        },
      }),
    ));

  it("that answers with lists hands on the list of outputs", () =>
    compiles(() => {
      kinesisConsumer({
        consumer: "c",
        pipeline: list,
        processBatch(records) {
          for (const { value: outputs } of records) {
            expectTypeOf(outputs[0]!.value).toEqualTypeOf<string>();
            expectTypeOf(outputs[0]!.partition).toEqualTypeOf<{ word: string }>();
          }
        },
      });
    }));

  it("without steps hands on bytes, without a partition", () =>
    compiles(() =>
      kinesisConsumer({
        consumer: "c",
        pipeline: pipeline({ decode: bytes() }),
        process({ value, partition }) {
          expectTypeOf(value).toEqualTypeOf<Uint8Array>();
          expectTypeOf(partition).toEqualTypeOf<undefined>();
        },
      }),
    ));

  it("without map hands on what was decoded, lists included", () =>
    compiles(() =>
      kinesisConsumer({
        consumer: "c",
        pipeline: pipeline({
          decode: json(z.array(z.number())),
          partition: (numbers) => ({ size: numbers.length }),
        }),
        process({ value, partition }) {
          expectTypeOf(value).toEqualTypeOf<number[]>();
          expectTypeOf(partition).toEqualTypeOf<{ size: number }>();
        },
      }),
    ));

  it("is written behind Firehose as its values are", () =>
    compiles(() => {
      firehoseTransform({ pipeline: single, encode: toCsv({ columns: ["id", "at"] }) });
      firehoseTransform({ pipeline: list, encode: toText() });
      // @ts-expect-error words have no columns
      firehoseTransform({ pipeline: list, encode: toCsv({ columns: ["id"] }) });
      // @ts-expect-error an object is no text
      firehoseTransform({ pipeline: single, encode: toText() });
    }));

  it("has partitions of text and numbers", () =>
    compiles(() => {
      // @ts-expect-error a date is neither
      pipeline({ partition: () => ({ day: new Date() }) });
    }));
});

describe("the handler", () => {
  it("takes what Lambda's types call the event, and answers with what Firehose takes", () =>
    compiles(() => {
      const handler = firehoseTransform({ transform: (value) => value });
      const event = {} as FirehoseTransformationEvent;
      expectTypeOf(handler(event, {} as Context)).resolves.toEqualTypeOf<FirehoseResponse>();
      expectTypeOf(event.records[0]!.recordId).toEqualTypeOf<
        FirehoseEvent["records"][0]["recordId"]
      >();
    }));

  it("stays one when middleware is added", () =>
    compiles(() => {
      const handler = firehoseTransform({});
      expectTypeOf(handler.use({ before: () => {} })).toEqualTypeOf(handler);
      // @ts-expect-error no middleware
      handler.use("cors");
    }));
});
