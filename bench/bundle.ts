/** What a handler weighs when it is deployed: bundled and minified, with the AWS SDK left to Lambda. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Row, RowSet } from "./harness.ts";

export const bundle: RowSet = { name: "bundle", rows };

/** Bytes, gzipped. */
const most = 12_000;

const small = `
import { kinesisConsumer } from "../src/index.ts";
export const handler = kinesisConsumer({ consumer: "orders", process() {} });
`;

const everything = `
import * as core from "../src/index.ts";
import * as dynamodb from "../src/dynamodb/index.ts";
import * as kpl from "../src/kpl/index.ts";
import * as s3 from "../src/s3/index.ts";
import * as sqs from "../src/sqs/index.ts";
export const all = { ...core, ...dynamodb, ...kpl, ...s3, ...sqs };
export const handler = core.kinesisConsumer({
  consumer: "orders",
  decode: core.json(),
  uniqueId: ({ id }) => id,
  progress: dynamodb.dynamodbProgress({ tableName: "progress" }),
  process() {},
});
`;

const typical = `
import { json, kinesisConsumer } from "../src/index.ts";
import { dynamodbProgress } from "../src/dynamodb/index.ts";
export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json(),
  uniqueId: ({ id }) => id,
  progress: dynamodbProgress({ tableName: "progress" }),
  process() {},
});
`;

const powertools = `
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
const config = new IdempotencyConfig({ eventKeyJmesPath: "id" });
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: "idempotency" });
const once = makeIdempotent(async () => {}, { persistenceStore, config });
const processor = new BatchProcessor(EventType.KinesisDataStreams);
export const handler = (event, context) => {
  config.registerLambdaContext(context);
  return processPartialResponse(
    event,
    ({ kinesis }) => once(JSON.parse(Buffer.from(kinesis.data, "base64").toString())),
    processor,
    { context },
  );
};
`;

async function* rows(): AsyncGenerator<Row> {
  const peer = await sizeOf(powertools);
  yield { name: "Powertools batch + idempotency", values: peer };
  yield compared("kinesisConsumer alone", await sizeOf(small), peer);
  yield compared("kinesisConsumer with DynamoDB progress", await sizeOf(typical), peer);
  yield compared("everything that is exported", await sizeOf(everything), peer);
}

interface Size {
  readonly minified: number;
  readonly gzip: number;
}

const compared = (name: string, size: Size, peer: Size): Row => ({
  name,
  values: { ...size, ratio: size.gzip / peer.gzip },
  limits: { gzip: most },
});

async function sizeOf(handler: string): Promise<Size & Record<string, number>> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: handler, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node22",
    format: "esm",
    external: ["@aws-sdk/*"],
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  // What is no handler any more would be small as well.
  assert.ok(output!.exports.includes("handler"));
  return { minified: file!.contents.length, gzip: gzipSync(file!.contents, { level: 9 }).length };
}
