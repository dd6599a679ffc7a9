/** `shardmill progress`: what the logs in a table say, and how to have everything done again. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { parseCommandLine } from "./command-line.ts";
import { type LogReport, listLogs, reportLog, resetLog } from "./progress-logs.ts";
import { UsageError } from "./usage-error.ts";

const help = `shardmill progress show  --table NAME [options]
shardmill progress reset --table NAME --consumer NAME [options]

show   Prints for each shard: the checkpoint, records that are open or parked, the newest writer, the
       window that the log covers, its size, and what it costs to write.
reset  Appends to each log that everything before is forgotten: what Lambda delivers from then on is
       processed, whether it was before or not. Nothing is deleted. To have old records delivered
       again, give the function a new mapping that starts AT_TIMESTAMP or at TRIM_HORIZON.

  --table NAME     the progress table (default: the environment variable PROGRESS_TABLE)
  --consumer NAME  only this consumer's logs; reset needs it
  --stream NAME    only logs of this stream
  --shard ID       only logs of this shard
  --endpoint URL   a DynamoDB other than the region's own
  --region NAME    (default: as for any AWS client)
  --yes            reset without asking
  --json           one JSON object a line

Exit status: 0, 1 (it could not be done), 2 (the command line is wrong).
`;

export interface Surroundings {
  readonly out?: { write(text: string): unknown };
  readonly err?: { write(text: string): unknown };
  /** Asks a person; undefined: nobody is there. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await progressCommand(["show", "--table", "progress"]);
 */
export async function progressCommand(
  args: readonly string[],
  { out = process.stdout, err = process.stderr, ask = askTerminal() }: Surroundings = {},
): Promise<number> {
  try {
    const { action, settings } = readArgs(args);
    if (settings.help) out.write(help);
    else if (action === "show") await show(settings, out);
    else await reset(settings, out, ask);
    return 0;
  } catch (error) {
    err.write(`shardmill progress: ${explain(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    err.write("See shardmill progress --help.\n");
    return 2;
  }
}

interface Settings {
  readonly table: string;
  readonly consumer?: string | undefined;
  readonly stream?: string | undefined;
  readonly shard?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

function readArgs(args: readonly string[]): { action: "show" | "reset"; settings: Settings } {
  const [action] = args;
  const isHelp = args.includes("--help") || args.includes("-h");
  if (action !== "show" && action !== "reset" && !isHelp) {
    throw new UsageError(
      `${action === undefined ? "say" : `"${action}" is neither`} show or reset.`,
    );
  }
  const { values } = parse(isHelp ? ["--help"] : args.slice(1));
  const table = values.table ?? process.env.PROGRESS_TABLE;
  if (!isHelp && !table) throw new UsageError("which table? Give --table or set PROGRESS_TABLE.");
  if (action === "reset" && !isHelp && !values.consumer) {
    throw new UsageError(
      "reset needs --consumer: it makes everything of that consumer happen again.",
    );
  }
  return {
    action: action === "reset" ? "reset" : "show",
    settings: { ...values, table: table ?? "" },
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args,
    allowPositionals: false,
    options: {
      table: { type: "string" },
      consumer: { type: "string" },
      stream: { type: "string" },
      shard: { type: "string" },
      endpoint: { type: "string" },
      region: { type: "string" },
      yes: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

function connect({ endpoint, region }: Settings): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: 3,
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
    ...(endpoint && !process.env.AWS_ACCESS_KEY_ID
      ? {
          region: region ?? "us-east-1",
          credentials: { accessKeyId: "local", secretAccessKey: "local" },
        }
      : {}),
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

async function show(settings: Settings, out: { write(text: string): unknown }): Promise<void> {
  const client = connect(settings);
  try {
    const logs = await listLogs(client, settings);
    if (logs.length === 0 && !settings.json)
      out.write(`No progress in the table ${settings.table}.\n`);
    for (const log of logs) {
      const report = await reportLog(client, settings.table, log, Date.now());
      out.write(settings.json ? `${JSON.stringify(report)}\n` : describe(report));
    }
  } finally {
    client.destroy();
  }
}

async function reset(
  settings: Settings,
  out: { write(text: string): unknown },
  ask: Surroundings["ask"],
): Promise<void> {
  const client = connect(settings);
  try {
    const logs = await listLogs(client, settings);
    if (logs.length === 0)
      throw new Error(`there is no such progress in the table ${settings.table}.`);
    if (!settings.yes) {
      if (!ask) throw new UsageError("nobody is there to ask: add --yes.");
      for (const { consumer, stream, shardId } of logs)
        out.write(`  ${consumer}  ${stream}  ${shardId}\n`);
      const answer = await ask(`Forget what was done in these ${logs.length} shards? Type yes: `);
      if (answer.trim() !== "yes") throw new Error("nothing was changed.");
    }
    for (const log of logs) {
      const n = await resetLog(client, settings.table, log);
      out.write(
        settings.json
          ? `${JSON.stringify({ log: log.name, reset: n })}\n`
          : `${log.consumer} ${log.shardId}: everything before entry ${n} is forgotten\n`,
      );
    }
  } finally {
    client.destroy();
  }
}

function describe(report: LogReport): string {
  const { consumer, stream, shardId, through, writtenAt, writer, open, parked, claims } = report;
  const lines = [
    `${consumer}  ${stream}  ${shardId}`,
    `  through   ${through ?? "nothing yet"}`,
    `  newest    entry ${report.entries.newest}, ${ago(report.ageMs)} (${writtenAt}) by ${writer}`,
    `  window    ${report.names} records remembered${report.windowMs ? `, over ${span(report.windowMs)}` : ""}`,
    `  size      ${report.entries.count} entries, ${report.bytes} bytes; ${report.writeUnits} write units so far, ${report.writeUnitsPer1000} per 1,000 records`,
  ];
  for (const { position, attempts, since } of open) {
    const state = attempts > 0 ? `failed ${attempts} times since ${since}` : `given back ${since}`;
    lines.push(`  open      ${position}: ${state}`);
  }
  for (const position of parked) lines.push(`  parked    ${position}`);
  for (const { n, until } of claims) lines.push(`  claimed   by entry ${n}, until ${until}`);
  return `${lines.join("\n")}\n\n`;
}

function span(ms: number): string {
  const units: [string, number][] = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ];
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ["ms", 1];
  return `${Math.round(ms / size)} ${unit}`;
}

const ago = (ms: number) => (ms < 1000 ? "just now" : `${span(ms)} ago`);

/** AWS's errors say little by themselves. */
function explain(error: unknown): string {
  const { name, message, code } = error as Error & { code?: string };
  if (name === "ResourceNotFoundException") return "there is no such table.";
  if (name === "CredentialsProviderError") return `no credentials: ${message}`;
  if (code === "ECONNREFUSED") return "nothing listens at that endpoint.";
  return message;
}

function askTerminal(): Surroundings["ask"] {
  if (!process.stdin.isTTY) return undefined;
  return async (question) => {
    const { createInterface } = await import("node:readline/promises");
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return await terminal.question(question);
    } finally {
      terminal.close();
    }
  };
}
