/** `shardmill work`: a worker, from a file with a handler. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import {
  fanOut,
  kclLeases,
  runWorker,
  type Worker,
  type WorkerEvent,
  type WorkerHandler,
} from "../../../../src/worker.ts";
import { clientConfig, explainAwsError, isAwsError } from "../aws/client.ts";
import { type CommandSurroundings, type Output, runCommand } from "../command-line/run-command.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { counted } from "../terminal/counted.ts";
import { workHelp } from "./help.ts";
import { workSettings } from "./settings.ts";
import { type Batch, type ShardLines, shardLines } from "./shard-lines.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await workCommand(["billing.ts", "--stream", "orders", "--application", "billing"]);
 */
export async function workCommand(
  args: readonly string[],
  { env = process.env, signal, ...outputs }: CommandSurroundings = {},
): Promise<number> {
  return runCommand("work", outputs, async ({ out, err }) => {
    const settings = workSettings(args);
    if (settings.help) {
      out.write(workHelp);
      return 0;
    }
    const handler = await handlerIn(settings.file, settings.handler);
    const kinesis = new KinesisClient(clientConfig("kinesis", settings, env));
    const dynamoDb = new DynamoDBClient(clientConfig("dynamodb", settings, env));
    const { table, "worker-id": workerId } = settings;
    const streams = settings.stream;
    const ended = new AbortController();
    let worker: Worker | undefined;
    const held = () => worker?.leases() ?? [];
    const lines = settings.json ? undefined : shardLines(out, { held });
    const forget = () => {
      for (const name of signals) process.removeListener(name, end);
    };
    /** The next one is Node's to answer: it ends the process at once. */
    const end = () => {
      forget();
      ended.abort();
      lines?.say("Finishing what has begun. Ctrl-C again ends it at once.", err);
    };
    if (!signal) for (const name of signals) process.on(name, end);
    try {
      worker = runWorker(handler, {
        application: settings.application,
        stream: streams.length === 1 ? streams[0]! : streams,
        client: kinesis,
        leases: kclLeases({ client: dynamoDb, ...(table && { tableName: table }) }),
        initialPosition: settings.initialPosition,
        batch: { size: settings.batchSize },
        ...(settings["fan-out"] && { retrieval: fanOut() }),
        ...(workerId && { workerId }),
        signal: signal ?? ended.signal,
        on: (event) => (lines ? tell(event, lines, err) : out.write(`${asJson(event)}\n`)),
      });
      lines?.say(`${worker.id} begins. Ctrl-C ends it.`, err);
      await worker.done;
      return 0;
    } catch (error) {
      // What is missing AWS's own words name: it may be a stream or the consumer.
      if (!isAwsError(error) || (error as Error).name === "ResourceNotFoundException") throw error;
      const what = `${streams.join(", ")} with the lease table ${table ?? settings.application}`;
      throw await explainAwsError(error, { what, name: what });
    } finally {
      lines?.end();
      forget();
      kinesis.destroy();
      dynamoDb.destroy();
    }
  });
}

async function handlerIn(file: string, name: string): Promise<WorkerHandler> {
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (cause) {
    const why = existsSync(file) ? (cause as Error).message : "there is no such file.";
    throw new Error(`${file} cannot be loaded: ${why}`, { cause });
  }
  const handler = module[name];
  if (typeof handler === "function") return handler as WorkerHandler;
  throw new UsageError(`${file} exports no function ${name}: name one with --handler.`);
}

const asJson = (event: WorkerEvent) =>
  JSON.stringify(event, (_, value) => (value instanceof Error ? String(value) : value));

function tell(event: WorkerEvent, lines: ShardLines, err: Output): void {
  if (event.type === "batch") lines.count(event);
  if (event.type === "lost" || event.type === "givenBack" || event.type === "shardEnd") {
    lines.forget(event.shardId);
  }
  const line = describe(event);
  if (line !== undefined) lines.say(line, event.type === "trouble" ? err : undefined);
}

/** Undefined: that it went well is told by its shard's line. */
function describe(event: WorkerEvent): string | undefined {
  switch (event.type) {
    case "taken":
      return `${event.shardId}  taken${event.from ? ` from ${event.from}` : ""}`;
    case "lost":
      return `${event.shardId}  lost: ${event.why}`;
    case "givenBack":
      return `${event.shardId}  given to ${event.to ?? "nobody"}`;
    case "led":
      return event.by ? `${event.by} assigns the leases` : "no leader assigns leases any more";
    case "dropped":
      return `${event.shardId}  dropped at ${event.checkpoint}: of an earlier stream of this name`;
    case "shardEnd":
      return `${event.shardId}  read to its end, followed by ${event.children.join(", ") || "nothing"}`;
    case "batch":
      return event.outcome === "success" ? undefined : describeFailure(event);
    case "trouble":
      return `${event.doing}: ${(event.error as Error)?.message ?? event.error}`;
  }
}

function describeFailure({ shardId, records, done, outcome, duration, error }: Batch): string {
  const why = error === undefined ? "" : `: ${(error as Error)?.message ?? error}`;
  return `${shardId}  ${counted(records, "record")}, ${done} of them done: ${outcome} after ${Math.round(duration)} ms${why}`;
}
