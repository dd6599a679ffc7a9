/** `npm start`: 20,000 real flights through the whole of it, and then the count is checked. */
import { mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { progressBar } from "../packages/cli/src/terminal/progress-bar.ts";
import { createDynamoDb, type DynamoDbRequest } from "../packages/local/src/dynamodb/index.ts";
import { createKinesis, type Kinesis } from "../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../packages/local/src/kinesis/server/index.ts";
import { bundleHandler } from "../packages/local/src/lambda/bundle.ts";
import { childProcessFunction } from "../packages/local/src/lambda/hosts/index.ts";
import {
  createEventSourceMapping,
  type MappingSettings,
} from "../packages/local/src/lambda/mapping/index.ts";
import type { MachineEvent } from "../packages/local/src/run/events.ts";
import { mappingOptions } from "../packages/local/src/run/mapping-options.ts";
import { watchStreams } from "../packages/local/src/run/watch-streams.ts";
import { seededRandom } from "../src/time/random.ts";
import type { FlightsPage } from "./page.ts";
import { type Flight, type PutOptions, putFlights, readFlights } from "./producer.ts";
import { type Airport, barChart, compare, countPlainly } from "./report.ts";

const help = `npm start -- [options]

Sends 20,000 flights through KPL aggregates, a local Kinesis stream with 4 shards, Lambda's event
source mapping and the function handlers/departures.ts, which counts them in a DynamoDB table.
Some replies to the producer are lost, some updates fail at first, and one execution environment
is killed. Then the table is compared with a plain loop over the file. Exits with 1 on any
difference.

  --no-progress  the same without shardmill's memory: see what it is for
  --worker       without Lambda: three workers share the shards; one is killed, and a shard is split
  --sql          counts in SQL, by airport and ten minutes, with start/departures.sql
  --seed N       which records meet which fault (default 1)
  --json         one JSON object on standard output
  --page         a page in the browser where the bars of airports grow; the flights come within a
                 minute, and it stays until Ctrl-C
  --help         this text
`;

/** The share of aggregates whose reply is lost, and of updates that fail. */
const lostReplies = 0.02;
const failingUpdates = 0.02;

interface Options {
  readonly page: boolean;
  readonly json: boolean;
  readonly progress: boolean;
  readonly seed: number;
  readonly sql: boolean;
  readonly worker: boolean;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "boolean", default: false },
        page: { type: "boolean", default: false },
        progress: { type: "boolean", default: true },
        seed: { type: "string", default: "1" },
        sql: { type: "boolean", default: false },
        worker: { type: "boolean", default: false },
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
    const { json, page, progress, sql, worker } = values;
    const ways = [sql && "--sql", worker && "--worker", page && "--page"].filter((way) => way);
    if (!progress) ways.push("--no-progress");
    if ((sql || worker) && ways.length > 1) throw new Error(`${ways[0]} goes without ${ways[1]}.`);
    return { json, page, progress, seed, sql, worker };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

async function main({
  json,
  page: withPage,
  progress,
  seed,
  sql,
  worker,
}: Options): Promise<number> {
  const began = performance.now();
  const random = seededRandom(seed);
  const say = (line: string) => json || process.stdout.write(`${line}\n`);
  const root = fileURLToPath(new URL("..", import.meta.url));
  const outdir = fileURLToPath(new URL("../.shardmill/start", import.meta.url));
  await mkdir(outdir, { recursive: true });

  const flights = await readFlights();
  let broken: (error: unknown) => void = () => {};
  const brokenFunction = new Promise<never>((_, reject) => {
    broken = reject;
  });
  let page: FlightsPage | undefined;
  const tell = (event: MachineEvent) => {
    // The mapping has stopped.
    if (event.type === "note") broken(new Error(event.text));
    page?.onEvent(event);
  };
  const streams = createKinesis({ random });
  const watched = withPage ? watchStreams(streams, tell) : undefined;
  const kinesis = watched?.kinesis ?? streams;
  kinesis.createStream({ name: "flights", shards: 4 });
  const put = (into: Kinesis, some: readonly Flight[], pace?: PutOptions["pace"]) =>
    putFlights(into, "flights", some, { random, lostReplies, ...(pace && { pace }) });
  const putAll = async (pace?: PutOptions["pace"]) => {
    const sent = await put(kinesis, flights, pace);
    say(`${flights.length} flights in ${sent.records} KPL records, on 4 shards`);
    return sent;
  };
  // What a page is to show comes while it is looked at, and what workers share while they do.
  let sent = withPage || worker ? undefined : await putAll();

  let effects = 0;
  const bar = progressBar("Counting", flights.length);
  const dynamodb = await createDynamoDb({
    intercept: (request) =>
      isEffect(request) && random() < failingUpdates
        ? { before: { name: "InternalServerError", message: "a fault on purpose" } }
        : undefined,
    onRequest: (request) => {
      if (!isEffect(request) || request.error) return;
      effects += flightsIn(request);
      bar.update(Math.min(effects, flights.length));
      page?.counted(airportOf(request));
    },
  });
  await dynamodb.createTable({ name: "counts", partitionKey: "airport" });
  await dynamodb.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });

  const server = await createKinesisServer({ kinesis });

  const plain = progress ? "handlers/departures.ts" : "start/departures-without-progress.ts";
  const entry = worker ? "start/worker.ts" : sql ? "start/departures-by-sql.ts" : plain;
  const { file } = await bundleHandler({ entry: `${root}${entry}`, outdir });
  const skipped = { Redelivered: 0, Duplicates: 0 };
  const environment = {
    PROGRESS_TABLE: "progress",
    COUNTS_TABLE: "counts",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_KINESIS: server.endpoint,
    // A failed update is to fail its record, and not to vanish in the SDK's own retries.
    AWS_MAX_ATTEMPTS: "1",
  };
  const fn = childProcessFunction({
    functionName: "departures",
    file,
    timeout: 60,
    memorySize: 512,
    random,
    environment,
    onLog(line) {
      countSkipped(line.line, skipped);
      tell({ type: "log", functionName: "departures", line });
    },
    ...(withPage && {
      onSettled: (requestId, records) =>
        tell({
          ...{ type: "fates", functionName: "departures", requestId, at: Date.now() },
          ...records,
        }),
    }),
  });
  if (withPage) {
    await import("./from-sources.ts");
    const { flightsPage } = await import("./page.ts");
    page = await flightsPage(kinesis, dynamodb.endpoint, "departures");
    process.stderr.write(`Page ${page.url}\n`);
  }
  const workers = worker
    ? (await import("./fleet.ts")).fleet({
        ...{ kinesis, flights, put, file, environment },
        say(line) {
          bar.end();
          say(line);
        },
        effects: () => effects,
        onLine: (line) => countSkipped(line, skipped),
      })
    : undefined;
  const close = async () => {
    await workers?.close();
    watched?.close();
    await page?.close();
    await fn.close();
    await server.close();
    await dynamodb.close();
    await rm(outdir, { recursive: true, force: true });
  };
  let interrupted = false;
  const looked = new AbortController();
  let isOver = false;
  process.once("SIGINT", () => {
    if (isOver) return looked.abort();
    interrupted = true;
    close().finally(() => process.exit(130));
  });

  let invocations = 0;
  const settings: MappingSettings = {
    batchSize: 25,
    bisectBatchOnFunctionError: true,
    functionResponseTypes: ["ReportBatchItemFailures"],
  };
  const watching = mappingOptions(
    {
      ...{ mapping: { settings }, fn: { name: "departures", arn: fn.functionArn } },
      ...{ source: { stream: "flights" }, deliver: async () => {}, tell },
      invoke: async (event, context) => {
        // Between two batches one environment is killed; the next one starts cold.
        if (++invocations === 6) await fn.kill(idleEnvironment(fn.environments()));
        try {
          return await fn.invoke(event, context);
        } catch (error) {
          if (!interrupted) broken(error);
          throw error;
        }
      },
    },
    {},
  );
  const mapping = worker ? undefined : createEventSourceMapping({ kinesis, ...watching });
  // AWS's SDK takes as long to load as all the rest: meanwhile the function's environments start.
  const reading = import("./read-counts.ts");
  let table: Map<string, Airport>;
  try {
    // Records fail in this run, and functions do not: one that does has nothing to show.
    sent ??= await Promise.race([workers?.done() ?? putAll(paced()), brokenFunction]);
    await Promise.race([mapping?.drain(), brokenFunction]);
    await mapping?.close();
    if (sql) await flush(fn);
    table = await (await reading).readCounts(dynamodb);
  } finally {
    bar.end();
    if (!withPage) await close();
  }

  const groupOf = sql ? tenMinutesOf : ({ origin }: Flight) => origin;
  const { lost, repeated, wrongDelays } = compare(table, countPlainly(flights, groupOf));
  if (sql) table = byAirport(table);
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
  const told = json
    ? `${JSON.stringify(result)}\n`
    : `\n${barChart(table)}\n\n${sentence(result)}\n`;
  process.stdout.write(told);
  if (page) {
    isOver = true;
    process.stderr.write("The page stays until Ctrl-C.\n");
    await page.end(`${barChart(table)}\n\n${sentence(result)}`, looked.signal);
    await close();
  }
  return lost + repeated + wrongDelays > 0 ? 1 : 0;
}

const sentence = (result: {
  readonly records: number;
  readonly userRecords: number;
  readonly duplicatesSkipped: number;
  readonly redeliveriesSkipped: number;
  readonly lost: number;
  readonly repeated: number;
  readonly seconds: number;
}) =>
  `records ${result.records}, user records ${result.userRecords}, duplicates skipped ${result.duplicatesSkipped}, redeliveries skipped ${result.redeliveriesSkipped}, lost ${result.lost}, repeated ${result.repeated}, seconds ${result.seconds}`;

/** All flights within a minute. */
function paced(): NonNullable<PutOptions["pace"]> {
  const began = performance.now();
  return (flight) => {
    const early = began + flight * msBetween - performance.now();
    return early > 20 ? new Promise((resolve) => setTimeout(resolve, early)) : undefined;
  };
}

const msBetween = 3;

/** What stands in windows when nothing comes any more: as a schedule would, every second until all rows are done. */
async function flush(fn: Pick<ReturnType<typeof childProcessFunction>, "invoke">): Promise<void> {
  const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/flights";
  const event = { shardmillFlush: { streamArn, graceInSeconds: 0 } };
  for (let left = 30; ; left--) {
    await new Promise((resolve) => setTimeout(resolve, 1100));
    try {
      await fn.invoke(event, { awsRequestId: `flush-${left}` } as never);
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** How many flights an effect counts: in SQL a row has several. */
const flightsIn = ({ input, operation }: DynamoDbRequest): number => {
  if (operation === "TransactWriteItems") return countedBy(input).length;
  if (operation !== "BatchWriteItem") return 1;
  const { counts = [] } = input.RequestItems as Record<string, any[]>;
  return counts.reduce((sum, { PutRequest }) => sum + Number(PutRequest.Item.FLIGHTS.N), 0);
};

const airportOf = ({ input }: DynamoDbRequest): string =>
  (input.Key as { readonly airport?: { readonly S?: string } } | undefined)?.airport?.S ?? "";

const isEffect = ({ operation, input }: DynamoDbRequest) =>
  operation === "BatchWriteItem" ||
  (operation === "UpdateItem" && input.TableName === "counts") ||
  (operation === "TransactWriteItems" && countedBy(input).length > 0);

/** The flights that a transaction counts, beside the entry that says so. */
const countedBy = ({ TransactItems = [] }: DynamoDbRequest["input"]) =>
  (TransactItems as readonly { readonly Update?: { readonly TableName: string } }[]).filter(
    ({ Update }) => Update?.TableName === "counts",
  );

const idleEnvironment = (
  environments: readonly { readonly environmentId: string; readonly requestId?: string }[],
) => environments.find(({ requestId }) => requestId === undefined)?.environmentId;

/** Adds up what the function says of itself, in its metrics. */
function countSkipped(line: string, skipped: Record<"Redelivered" | "Duplicates", number>) {
  if (!line.startsWith('{"_aws"')) return;
  const metrics = JSON.parse(line);
  skipped.Redelivered += metrics.Redelivered;
  skipped.Duplicates += metrics.Duplicates;
}

/** As departures.sql has a flight's group. */
function tenMinutesOf({ date, origin }: Flight): string {
  const tenMinutes = `${date.replaceAll("/", "-").slice(0, -1)}0:00`;
  return `${origin} ${tenMinutes}`;
}

function byAirport(table: ReadonlyMap<string, Airport>): Map<string, Airport> {
  const airports = new Map<string, Airport>();
  for (const [group, { delay, flights }] of table) {
    const [airport = ""] = group.split(" ");
    const before = airports.get(airport) ?? { flights: 0, delay: 0 };
    airports.set(airport, { flights: before.flights + flights, delay: before.delay + delay });
  }
  return airports;
}

try {
  process.exitCode = await main(readOptions());
} catch (error) {
  process.stderr.write(`\nnpm start failed: ${(error as Error).stack}\n`);
  process.exit(1);
}
