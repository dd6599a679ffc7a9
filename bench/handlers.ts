/** The handlers that are bundled to be weighed, and to be imported by a new process. */
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

export const handlers = {
  small: `
import { kinesisConsumer } from "../src/index.ts";
export const handler = kinesisConsumer({ consumer: "orders", process() {} });
`,
  typical: `
import { json, kinesisConsumer } from "../src/index.ts";
import { dynamodbProgress } from "../src/dynamodb.ts";
export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json(),
  uniqueId: ({ id }) => id,
  progress: dynamodbProgress({ tableName: "progress" }),
  process() {},
});
`,
  everything: `
import * as core from "../src/index.ts";
import * as dynamodb from "../src/dynamodb.ts";
import * as kpl from "../src/kpl.ts";
import * as s3 from "../src/s3.ts";
import * as sqs from "../src/sqs.ts";
export const all = { ...core, ...dynamodb, ...kpl, ...s3, ...sqs };
export const handler = core.kinesisConsumer({
  consumer: "orders",
  decode: core.json(),
  uniqueId: ({ id }) => id,
  progress: dynamodb.dynamodbProgress({ tableName: "progress" }),
  process() {},
});
`,
  powertools: `
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
`,
} as const;

export type HandlerName = keyof typeof handlers;

/** What becomes of the AWS SDK: left to whoever runs the bundle, bundled as well, or replaced by something empty. */
export type Sdk = "external" | "bundled" | "empty";

/** The minified module of a handler. */
export async function bundled(name: HandlerName, sdk: Sdk = "external"): Promise<Uint8Array> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: handlers[name], resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node22",
    format: "esm",
    // The SDK's own modules ask for Node's with require.
    banner: sdk === "bundled" ? { js: requireBanner } : {},
    external: sdk === "external" ? ["@aws-sdk/*"] : [],
    plugins: sdk === "empty" ? [emptySdk] : [],
  });
  const [output] = Object.values(metafile.outputs);
  // What is no handler any more would be small as well.
  if (!output!.exports.includes("handler")) throw new Error(`${name} exports no handler.`);
  return outputFiles[0]!.contents;
}

const requireBanner =
  'import { createRequire as r } from "node:module"; const require = r(import.meta.url);';

/** Modules with the SDK's names, and nothing behind them but what Powertools looks for in a client: without it it complains, which takes time. */
const emptySdk: Plugin = {
  name: "empty-sdk",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\// }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : { path, namespace: "empty" },
    );
    onLoad({ filter: /./, namespace: "empty" }, async ({ path }) => ({
      contents: Object.keys(await import(path))
        .filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== "default")
        .reduce((module, name) => `${module}\nexport class ${name} extends Empty {}`, emptyClient),
    }));
  },
};

const emptyClient = `
class Empty {
  config = {};
  middlewareStack = { identify: () => [], addRelativeTo() {} };
  static from() { return new this(); }
  send() {}
}`;
