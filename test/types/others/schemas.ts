/** Schemas of every library that speaks Standard Schema, and Powertools' parser. Nothing of this runs. */

import { parser } from "@aws-lambda-powertools/parser/middleware";
import { KinesisDataStreamRecordPayload } from "@aws-lambda-powertools/parser/schemas/kinesis";
import { S3EventNotificationEventBridgeSchema } from "@aws-lambda-powertools/parser/schemas/s3";
import { type } from "arktype";
import { gzip, json, kinesisConsumer, pipeline } from "shardmill";
import { firehoseTransform } from "shardmill/firehose";
import * as v from "valibot";
import { z } from "zod";
import * as mini from "zod/mini";

const Zod = z.object({ id: z.string(), total: z.coerce.number() });
const Mini = mini.object({ id: mini.string(), total: mini.number() });
const Valibot = v.object({ id: v.string(), total: v.number() });
const Arktype = type({ id: "string", total: "number" });

interface Order {
  id: string;
  total: number;
}
const take = ({ id, total }: Order) => `${id} ${total.toFixed()}`;

export const handlers = [
  kinesisConsumer({ consumer: "c", decode: json(Zod), process: take }),
  kinesisConsumer({ consumer: "c", decode: json(Mini), process: take }),
  kinesisConsumer({ consumer: "c", decode: json(Valibot), process: take }),
  kinesisConsumer({ consumer: "c", decode: gzip(json(Arktype)), process: take }),
  kinesisConsumer({
    consumer: "c",
    decode: json(Arktype, { largeIntegers: "number" }),
    processBatch: (records) => void records.map(({ value }) => take(value)),
  }),
  kinesisConsumer({
    consumer: "c",
    decode: json(S3EventNotificationEventBridgeSchema),
    process: ({ detail }) => detail.bucket.name.length,
  }),
  kinesisConsumer({
    consumer: "c",
    pipeline: pipeline({ decode: json(Zod), map: async (order) => take(order) }),
    process: ({ value }) => value.length,
  }),
  firehoseTransform({ decode: json(Valibot), transform: take }),
  firehoseTransform({
    decode: json(Arktype),
    transform: async ({ id }) => ({ id }),
    partitionBy: async ({ id }) => ({ id }),
    encode: async ({ id }) => id.toUpperCase(),
  }),
  firehoseTransform({
    decode: json(Zod),
    transform: (order) => [Promise.resolve(order), order],
    partitionBy: ({ id, total }) => ({ id, total: BigInt(total) }),
  }),
  kinesisConsumer({ consumer: "c", process() {} }).use(
    parser({ schema: KinesisDataStreamRecordPayload }),
  ),
];

// What a library's schema does not say is not to be had.
kinesisConsumer({
  consumer: "c",
  decode: json(Valibot),
  // @ts-expect-error an order has no customer
  process: ({ customer }) => customer,
});
