/** Handlers, events and middleware, against the types of aws-lambda, middy and Powertools. Nothing of this runs. */

import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { captureLambdaHandler } from "@aws-lambda-powertools/tracer/middleware";
import middy, { type MiddlewareObj } from "@middy/core";
import type {
  Context,
  FirehoseTransformationEvent,
  FirehoseTransformationHandler,
  FirehoseTransformationResult,
  Handler,
  KinesisStreamBatchResponse,
  KinesisStreamEvent,
  KinesisStreamHandler,
} from "aws-lambda";
import { json, kinesisConsumer, type MetricsSink, type Logger as ShardmillLogger } from "shardmill";
import { type FirehoseEvent, firehoseTransform, toCsv } from "shardmill/firehose";
import { firehoseEvent, kinesisEvent, testConsumer } from "shardmill/testing";

declare const context: Context;
const logger = new Logger({ serviceName: "orders" });
const metrics = new Metrics({ namespace: "orders" });
const tracer = new Tracer();

const consumer = kinesisConsumer({ consumer: "orders", logger, metrics, process() {} });
const transform = firehoseTransform({
  decode: json(),
  logger,
  metrics,
  partitionBy: () => ({ a: "b" }),
});

// Powertools, console, and loggers of one's own.
export const loggers: readonly ShardmillLogger[] = [
  logger,
  logger.createChild(),
  new (class extends Logger {})(),
  console,
  { debug() {}, info() {}, warn() {}, error() {} },
  { debug: async () => {}, info: async () => 1, warn: async () => {}, error: async () => {} },
  {
    debug(message: string, details?: object) {
      return [message, details];
    },
    info(..._all: unknown[]) {},
    warn(_message: unknown, _details?: Record<string, unknown>) {},
    error(_message: string) {},
  },
];
export const sinks: readonly MetricsSink[] = [metrics, metrics.singleMetric()];

// Handlers, as aws-lambda has them.
export const handler: KinesisStreamHandler = consumer;
export const anyHandler: Handler = consumer;
export const typed: Handler<KinesisStreamEvent, KinesisStreamBatchResponse> = consumer;
export const firehoseHandler: FirehoseTransformationHandler = transform;
export const usedTransform: FirehoseTransformationHandler = transform.use(logMetrics(metrics));
export const anyTransform: Handler = transform;
export const typedTransform: Handler<FirehoseTransformationEvent, FirehoseTransformationResult> =
  transform;

// Events, made for a test, and taken by handlers of whoever has written them.
declare const others: KinesisStreamHandler;
declare const othersTransform: FirehoseTransformationHandler;
export const event: KinesisStreamEvent = kinesisEvent([{ id: "1" }], { aggregate: true });
export const firehose: FirehoseTransformationEvent = firehoseEvent([{ id: "1" }], {
  source: "kinesis",
});
export const ofMsk: FirehoseEvent = firehoseEvent([{ id: "1" }], { source: "msk" });
export const taken: FirehoseEvent = firehose;
export const invoked = [
  consumer(event, context),
  consumer(kinesisEvent(["a"])),
  transform(firehoseEvent(["a"]), context),
  others(kinesisEvent(["a"]), context, () => {}),
  othersTransform(firehoseEvent(["a"]), context, () => {}),
];
export const changed = kinesisEvent(["a"]);
changed.Records.push(...kinesisEvent(["b"]).Records);
changed.Records[0]!.kinesis.partitionKey = "c";

// Middleware, from outside and inside.
const timed: MiddlewareObj<KinesisStreamEvent, KinesisStreamBatchResponse> = {
  before({ event }) {
    event.Records.length;
  },
  after({ response }) {
    response?.batchItemFailures.length;
  },
};
export const wrapped = [
  consumer
    .use(captureLambdaHandler(tracer))
    .use([injectLambdaContext(logger), logMetrics(metrics)])
    .use(timed),
  transform.use(captureLambdaHandler(tracer)).use(logMetrics(metrics)),
  middy(consumer),
  middy(transform).use(injectLambdaContext(logger)),
  middy().handler(consumer),
  testConsumer(consumer),
];

export const rows = firehoseTransform({
  decode: json({ largeIntegers: "number" }),
  transform: (value) => ({ id: String(value) }),
  encode: toCsv({ columns: ["id"] }),
});
