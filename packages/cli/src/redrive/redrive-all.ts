/** Finds what can come back, and brings it back. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Clock } from "../../../../src/time/clock.ts";
import { clientConfig, explainAwsError, isAwsError } from "../aws/client.ts";
import { checkTable } from "../aws/table.ts";
import { interrupted } from "../command-line/interrupted.ts";
import { bucketSource } from "./bucket.ts";
import { awsClients, type Clients, type Config } from "./clients.ts";
import { redriveBatch } from "./failed-batches.ts";
import { filesSource } from "./files.ts";
import type { Found, Source } from "./found.ts";
import { deployedFunction, type FunctionTarget } from "./function-target.ts";
import { giveBack } from "./give-back.ts";
import { type Logs, readLogs } from "./logs.ts";
import { checkNamed, type Named } from "./not-there.ts";
import type { Told } from "./outcome.ts";
import { redriveParked } from "./parked-records.ts";
import type { Reading } from "./payloads.ts";
import { queueSource } from "./queue.ts";
import type { Redrive } from "./redrive.ts";
import type { RedriveSettings } from "./settings.ts";
import { streamTarget } from "./stream-target.ts";
import { tableSource } from "./table.ts";

export interface RedriveSurroundings {
  readonly clock?: Clock;
  readonly cwd?: string;
  /** How long a queue is asked for more, in seconds: it answers from some of its servers only. @default 1 */
  readonly queueWaitSeconds?: number;
  /** Ends the command, between two invocations. @default Ctrl-C or SIGTERM */
  readonly signal?: AbortSignal;
  /** @default AWS's own, as the settings say */
  readonly clients?: Clients;
  /** Who runs the records. @default what the settings say */
  readonly target?: FunctionTarget;
}

interface Surroundings {
  readonly clock: Clock;
  readonly cwd: string;
  readonly queueWaitSeconds?: number;
  readonly signal?: AbortSignal;
  readonly clients?: Clients;
  readonly target?: FunctionTarget;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly tell: (told: Told) => void;
  /** What a person should know. */
  readonly note: (text: string) => void;
}

/** False: it was interrupted before everything had its turn. */
export async function redriveAll(
  settings: RedriveSettings,
  surroundings: Surroundings,
): Promise<boolean> {
  const {
    clock,
    cwd,
    queueWaitSeconds = 1,
    signal = interrupted(),
    env,
    tell,
    note,
  } = surroundings;
  const config: Config = (service) => clientConfig(service, settings.aws(service), env);
  const { clients = awsClients(config) } = surroundings;
  const kinesis = clients.kinesis();
  const table = settings.progressTable;
  const dynamodb = table === undefined ? undefined : clients.dynamodb();
  const logs = dynamodb && table !== undefined ? readLogs(dynamodb, table) : undefined;
  const reading: Reading = { kinesis, s3: clients.s3, clock, signal };
  let source: Source | undefined;
  let close = async () => {};
  try {
    // Whoever brings clients along knows what they lead to.
    const tables = surroundings.clients ? [] : [table, settings.table];
    for (const name of new Set(tables)) {
      if (dynamodb && name !== undefined) await checkTable(dynamodb, name);
    }
    source = await sourceOf(settings, clients, clock, queueWaitSeconds, note);
    const {
      found,
      seen,
      logs: finished,
    } = await collect(source, settings).catch(async (error) => {
      throw await explained(error, settings);
    });
    const left = new Set(found.map(({ hold }) => hold));
    const told: Redrive["tell"] = (what, hold) => {
      left.delete(hold);
      tell(what);
    };
    const parked = found.filter((one) => one.kind === "parked");
    const look = async () => {
      const again = await sourceOf(settings, clients, clock, queueWaitSeconds, () => {});
      try {
        const all = { ...settings, ids: [], limit: Number.POSITIVE_INFINITY };
        return (await collect(again, all)).found.filter((one) => one.kind === "parked");
      } finally {
        again.close();
      }
    };
    try {
      checkNamed(settings, seen, found.length, note);
      const { target, end } = await targetOf(found);
      close = end;
      const redrive: Redrive = { settings, clock, signal, reading, logs, target, tell: told, note };
      let isWhole = await redriveParked(redrive, parked, finished, look);
      for (const one of found) {
        if (one.kind === "unreadable") {
          await giveBack(redrive, one);
          const { hold, what } = one;
          redrive.tell({ outcome: "refused", where: hold.where, records: 1, what }, hold);
        }
        if (one.kind !== "failed") continue;
        if (signal.aborted) isWhole = false;
        else await redriveBatch(redrive, one.batch, one.hold);
      }
      return isWhole;
    } finally {
      // What had no turn is anybody's.
      for (const hold of left) await giveBack({ note }, { hold });
    }
  } finally {
    await close();
    source?.close();
    kinesis.destroy();
    dynamodb?.destroy();
  }

  async function targetOf(wanted: readonly Found[]): Promise<{
    target: Redrive["target"];
    end: () => Promise<void>;
  }> {
    const { dryRun, functionName, handler, stream } = settings;
    const none = { target: undefined, end: async () => {} };
    if (dryRun || wanted.length === 0) return none;
    if (stream !== undefined)
      return { target: { stream: streamTarget(kinesis, stream) }, end: none.end };
    if (surroundings.target) return { target: { fn: surroundings.target }, end: none.end };
    const fn =
      functionName === undefined
        ? await (await import("./local-handler.ts")).localHandler({
            ...{ ...handler!, timeoutSeconds: settings.timeoutSeconds, cwd, onLog: note },
            writer: await writerOf(wanted, logs),
            environment: await environmentOf(env, config),
          })
        : await deployedFunction(config("lambda"), functionName);
    return { target: { fn }, end: () => fn.close() };
  }
}

async function sourceOf(
  settings: RedriveSettings,
  clients: Clients,
  clock: Clock,
  queueWaitSeconds: number,
  note: (text: string) => void,
): Promise<Source> {
  const { table, consumer, queue, bucket, prefix, files, limit } = settings;
  if (queue !== undefined) {
    return queueSource(await clients.sqs(), queue, limit, queueWaitSeconds, note);
  }
  if (bucket !== undefined) {
    return bucketSource(await clients.s3(), bucket, prefix, clock.now, note);
  }
  if (files.length > 0) return filesSource(files);
  return tableSource(clients.dynamodb(), table!, consumer, clock.now);
}

/** What is to come back, and the logs of what is back already. */
async function collect(
  source: Source,
  settings: RedriveSettings,
): Promise<{ found: Found[]; seen: Named[]; logs: string[] }> {
  const found: Found[] = [];
  const seen: Named[] = [];
  const logs = new Set<string>();
  for await (const one of source.find()) {
    if (one.kind === "parked") {
      const { id, consumer, state } = one.item;
      seen.push({ id, consumer, state });
    }
    if (!isWanted(one, settings)) await one.hold.giveBack();
    else if (one.kind === "parked" && one.item.state === "redriven") logs.add(one.item.log);
    else found.push(one);
    if (found.length >= settings.limit) break;
  }
  return { found, seen, logs: [...logs] };
}

const isWanted = (one: Found, { ids, consumer }: RedriveSettings): boolean =>
  one.kind !== "parked"
    ? ids.length === 0
    : (ids.length === 0 || ids.includes(one.item.id)) &&
      (consumer === undefined || one.item.consumer === consumer);

function explained(error: unknown, { table, queue, bucket }: RedriveSettings): unknown {
  if (!isAwsError(error)) return error;
  const [what, name] =
    queue !== undefined
      ? [`queue ${queue}`, queue]
      : bucket !== undefined
        ? [`bucket ${bucket}`, bucket]
        : [`table ${table}`, table ?? ""];
  return explainAwsError(error, { what, name });
}

/** The handler must write the log as the function that began it. */
async function writerOf(wanted: readonly Found[], logs: Logs | undefined) {
  for (const one of wanted) {
    const writer = one.kind === "parked" ? await logs?.writerOf(one.item.log) : undefined;
    if (writer !== undefined) return writer;
    const arn = one.kind === "failed" ? one.batch.functionArn?.split(":") : undefined;
    if (arn?.[6]) return `${arn[3]}:${arn[4]}:${arn[6]}`;
  }
  return undefined;
}

/** Set by the host, and not to be set by anybody else. */
const own =
  /^(AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV|LAMBDA_.*|PROFILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE)|_.*|LAMBDA_.*|NODE_OPTIONS)$/;

/** This process's variables, and the credentials that it would use. */
async function environmentOf(
  env: Readonly<Record<string, string | undefined>>,
  config: Config,
): Promise<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !own.test(name)) variables[name] = value;
  }
  for (const service of ["dynamodb", "kinesis", "s3", "sqs", "lambda"] as const) {
    const { endpoint } = config(service);
    if (endpoint !== undefined) variables[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] = endpoint;
  }
  const client = new KinesisClient(config("dynamodb"));
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return {
      ...variables,
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    };
  } finally {
    client.destroy();
  }
}
