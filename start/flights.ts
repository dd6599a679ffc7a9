/** `npm start`: 20,000 real flights through the whole of it, and then the count is checked. */
import { mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { progressBar } from "../packages/cli/src/terminal/progress-bar.ts";
import {
  createDynamoDb,
  type DynamoDb,
  type DynamoDbRequest,
} from "../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../packages/local/src/kinesis/server/index.ts";
import { bundleHandler } from "../packages/local/src/lambda/bundle.ts";
import { childProcessFunction, type LogLine } from "../packages/local/src/lambda/hosts/index.ts";
import { createEventSourceMapping } from "../packages/local/src/lambda/mapping/index.ts";
import { seededRandom } from "../src/time/random.ts";
import { putFlights, readFlights } from "./producer.ts";
import { type Airport, barChart, compare, countPlainly } from "./report.ts";

const help = `npm start -- [options]

Sends 20,000 flights through KPL aggregates, a local Kinesis stream with 4 shards, Lambda's event
source mapping and the function handlers/departures.ts, which counts them in a DynamoDB table.
Some replies to the producer are lost, some updates fail at first, and one execution environment
is killed. Then the table is compared with a plain loop over the file. Exits with 1 on any
difference.

  --no-progress  the same without shardmill's memory: see what it is for
  --seed N       which records meet which fault (default 1)
  --json         one JSON object on standard output
  --help         this text
`;

/** The share of aggregates whose reply is lost, and of updates that fail. */
const lostReplies = 0.02;
const failingUpdates = 0.02;

interface Options {
  readonly json: boolean;
  readonly progress: boolean;
  readonly seed: number;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "boolean", default: false },
        progress: { type: "boolean", default: true },
        seed: { type: "string", default: "1" },
        help: { type: "boolean", default: false },
      },
      allowNegative: true,
    });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    const seed = Number(values.seed);
    if (!Number.isInteger(seed))
      throw new Error(`--seed takes a whole number, not ${values.seed}.`);
    return { json: values.json, progress: values.progress, seed };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

async function main({ json, progress, seed }: Options): Promise<number> {
  const began = performance.now();
  const random = seededRandom(seed);
  const say = (line: string) => json || process.stdout.write(`${line}\n`);
  const root = fileURLToPath(new URL("..", import.meta.url));
  const outdir = fileURLToPath(new URL("../.shardmill/start", import.meta.url));
  await mkdir(outdir, { recursive: true });

  const flights = await readFlights();
  const kinesis = createKinesis({ random });
  kinesis.createStream({ name: "flights", shards: 4 });
  const sent = putFlights(kinesis, "flights", flights, { random, lostReplies });
  say(`${flights.length} flights in ${sent.records} KPL records, on 4 shards`);

  let effects = 0;
  const dynamodb = await createDynamoDb({
    intercept: (request) =>
      isEffect(request) && random() < failingUpdates
        ? { before: { name: "InternalServerError", message: "a fault on purpose" } }
        : undefined,
    onRequest: (request) => {
      if (isEffect(request) && !request.error) effects++;
    },
  });
  await dynamodb.createTable({ name: "counts", partitionKey: "airport" });
  await dynamodb.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });

  const server = await createKinesisServer({ kinesis });

  const entry = progress ? "handlers/departures.ts" : "start/departures-without-progress.ts";
  const { file } = await bundleHandler({ entry: `${root}${entry}`, outdir });
  const skipped = { Redelivered: 0, Duplicates: 0 };
  const fn = childProcessFunction({
    functionName: "departures",
    file,
    timeout: 60,
    memorySize: 512,
    random,
    environment: {
      PROGRESS_TABLE: "progress",
      COUNTS_TABLE: "counts",
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      AWS_ENDPOINT_URL_KINESIS: server.endpoint,
      // A failed update is to fail its record, and not to vanish in the SDK's own retries.
      AWS_MAX_ATTEMPTS: "1",
    },
    onLog: (line) => countSkipped(line, skipped),
  });
  const close = async () => {
    await fn.close();
    await server.close();
    await dynamodb.close();
    await rm(outdir, { recursive: true, force: true });
  };
  let interrupted = false;
  process.once("SIGINT", () => {
    interrupted = true;
    close().finally(() => process.exit(130));
  });

  let broken: (error: unknown) => void = () => {};
  const brokenFunction = new Promise<never>((_, reject) => {
    broken = reject;
  });
  const bar = progressBar("Counting", flights.length);
  let invocations = 0;
  const mapping = createEventSourceMapping({
    kinesis,
    stream: "flights",
    settings: {
      batchSize: 25,
      bisectBatchOnFunctionError: true,
      functionResponseTypes: ["ReportBatchItemFailures"],
    },
    invoke: async (event, context) => {
      // Between two batches one environment is killed; the next one starts cold.
      if (++invocations === 6) await fn.kill(idleEnvironment(fn.environments()));
      try {
        return await fn.invoke(event, context);
      } catch (error) {
        if (!interrupted) broken(error);
        throw error;
      } finally {
        bar.update(Math.min(effects, flights.length));
      }
    },
  });
  let table: Map<string, Airport>;
  try {
    // Records fail in this run, and functions do not: one that does has nothing to show.
    await Promise.race([mapping.drain(), brokenFunction]);
    await mapping.close();
    table = await readCounts(dynamodb);
  } finally {
    bar.end();
    await close();
  }

  const { lost, repeated, wrongDelays } = compare(table, countPlainly(flights));
  const result = {
    records: sent.records,
    userRecords: sent.userRecords,
    effects,
    duplicatesSkipped: skipped.Duplicates,
    redeliveriesSkipped: skipped.Redelivered,
    lost,
    repeated,
    seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
  };
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } else {
    say(`\n${barChart(table)}\n`);
    say(
      `records ${result.records}, user records ${result.userRecords}, duplicates skipped ${result.duplicatesSkipped}, redeliveries skipped ${result.redeliveriesSkipped}, lost ${lost}, repeated ${repeated}, seconds ${result.seconds}`,
    );
  }
  return lost + repeated + wrongDelays > 0 ? 1 : 0;
}

const isEffect = ({ operation, input }: DynamoDbRequest) =>
  operation === "UpdateItem" && input.TableName === "counts";

const idleEnvironment = (
  environments: readonly { readonly environmentId: string; readonly requestId?: string }[],
) => environments.find(({ requestId }) => requestId === undefined)?.environmentId;

/** Adds up what the function says of itself, in its metrics. */
function countSkipped({ line }: LogLine, skipped: Record<"Redelivered" | "Duplicates", number>) {
  if (!line.startsWith('{"_aws"')) return;
  const metrics = JSON.parse(line);
  skipped.Redelivered += metrics.Redelivered;
  skipped.Duplicates += metrics.Duplicates;
}

async function readCounts(dynamodb: DynamoDb): Promise<Map<string, Airport>> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: dynamodb.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    }),
  );
  const { Items = [] } = await client.send(new ScanCommand({ TableName: "counts" }));
  client.destroy();
  return new Map(Items.map(({ airport, flights, delay }) => [airport, { flights, delay }]));
}

try {
  process.exitCode = await main(readOptions());
} catch (error) {
  process.stderr.write(`\nnpm start failed: ${(error as Error).stack}\n`);
  process.exit(1);
}
