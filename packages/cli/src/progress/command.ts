/** `shardmill progress`: what the logs in a table say, and how to have everything done again. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { clientConfig } from "../aws/client.ts";
import { type LogName, listLogs, logsNamed, reportLog, resetLog } from "../aws/progress-logs.ts";
import { checkTable, documentClient, explainTableError } from "../aws/table.ts";
import { type CommandSurroundings, type Output, runCommand } from "../command-line/run-command.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { oneLine } from "../terminal/terminal.ts";
import { progressHelp } from "./help.ts";
import { describeLog } from "./report.ts";
import { type ProgressSettings, progressSettings } from "./settings.ts";

export interface Surroundings extends Omit<CommandSurroundings, "signal"> {
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
  { ask = askTerminal(), env = process.env, ...outputs }: Surroundings = {},
): Promise<number> {
  return runCommand("progress", outputs, async ({ out }) => {
    const { action, settings } = progressSettings(args, env);
    if (settings.help) {
      out.write(progressHelp);
      return 0;
    }
    const client = documentClient({ maxAttempts: 3, ...clientConfig("dynamodb", settings, env) });
    try {
      await checkTable(client, settings.table);
      if (action === "show") await show(client, settings, out);
      else await reset(client, settings, out, ask);
      return 0;
    } catch (error) {
      throw await explainTableError(error, client, settings.table);
    } finally {
      client.destroy();
    }
  });
}

async function show(
  client: DynamoDBDocumentClient,
  settings: ProgressSettings,
  out: Output,
): Promise<void> {
  const logs = await logsOf(client, settings);
  if (logs.length === 0 && !settings.json) {
    out.write(`No progress in the table ${settings.table}.\n`);
  }
  for (const log of logs) {
    const report = await reportLog(client, settings.table, log, Date.now());
    out.write(settings.json ? `${JSON.stringify(report)}\n` : describeLog(report));
  }
}

async function reset(
  client: DynamoDBDocumentClient,
  settings: ProgressSettings,
  out: Output,
  ask: Surroundings["ask"],
): Promise<void> {
  const logs = await logsOf(client, settings);
  if (logs.length === 0) throw new Error(`there is no progress in the table ${settings.table}.`);
  if (!settings.yes) {
    if (!ask) throw new UsageError("nobody is there to ask: add --yes.");
    for (const { consumer, stream, shardId } of logs)
      out.write(`  ${oneLine(`${consumer}  ${stream}  ${shardId}`)}\n`);
    const answer = await ask(`Forget what was done in these ${logs.length} shards? Type yes: `);
    if (answer.trim() !== "yes") throw new Error("nothing was changed.");
  }
  for (const log of logs) {
    const n = await resetLog(client, settings.table, log);
    out.write(
      settings.json
        ? `${JSON.stringify({ log: log.name, reset: n })}\n`
        : `${oneLine(`${log.consumer} ${log.shardId}`)}: everything before entry ${n} is forgotten\n`,
    );
  }
}

/** None: the table has no progress yet. */
async function logsOf(
  client: DynamoDBDocumentClient,
  settings: ProgressSettings,
): Promise<readonly LogName[]> {
  const all = await listLogs(client, settings.table);
  return all.length === 0 ? [] : logsNamed(all, settings);
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
