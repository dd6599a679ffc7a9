/** `shardmill redrive`: what was parked or given up, once more. */
import { systemClock } from "../time/clock.ts";
import { type CommandSurroundings, runCommand } from "./command.ts";
import { counted } from "./counted.ts";
import { redriveHelp } from "./redrive/help.ts";
import { type Outcome, outcomes, outcomesLeft, type Told } from "./redrive/outcome.ts";
import { type RedriveSurroundings, redriveAll } from "./redrive/redrive-all.ts";
import { redriveSettings } from "./redrive/settings.ts";
import { oneLine } from "./terminal.ts";

export interface RedriveCommandSurroundings extends CommandSurroundings, RedriveSurroundings {}

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await redriveCommand(["--table", "progress", "--function", "billing"]);
 */
export async function redriveCommand(
  args: readonly string[],
  surroundings: RedriveCommandSurroundings = {},
): Promise<number> {
  const { env = process.env } = surroundings;
  return runCommand("redrive", surroundings, async ({ out, err }) => {
    const settings = redriveSettings(args, env);
    if (settings.help) {
      out.write(redriveHelp);
      return 0;
    }
    const counts: Partial<Record<Outcome, number>> = {};
    const tell = (told: Told) => {
      counts[told.outcome] = (counts[told.outcome] ?? 0) + told.records;
      out.write(settings.json ? `${JSON.stringify(told)}\n` : line(told));
    };
    const note = (text: string) => err.write(`${text}\n`);
    const isWhole = await redriveAll(settings, {
      ...{ clock: systemClock, cwd: process.cwd() },
      ...{ ...surroundings, env, tell, note },
    });
    out.write(settings.json ? `${JSON.stringify({ outcomes: counts })}\n` : sums(counts));
    if (settings.dryRun) return 0;
    const left = outcomesLeft.some((outcome) => counts[outcome] !== undefined);
    return left || !isWhole ? 1 : 0;
  });
}

function line({ outcome, where, id, partitionKey, arrivedAt, what, attempts }: Told): string {
  const who = partitionKey === undefined ? "" : `  key ${partitionKey}`;
  const when = arrivedAt === undefined ? "" : `  arrived ${arrivedAt}`;
  const tries = attempts === undefined ? "" : `  ${counted(attempts, "attempt")}`;
  const first = oneLine(`${outcome.padEnd(11)}  ${id ?? where}${who}${when}${tries}`);
  return `${first}\n${what ? `             ${oneLine(what)}\n` : ""}`;
}

function sums(counts: Partial<Record<Outcome, number>>): string {
  const told = outcomes.flatMap((outcome) =>
    counts[outcome] === undefined ? [] : [`${counts[outcome]} ${outcome}`],
  );
  return told.length === 0 ? "Nothing is parked or given up here.\n" : `${told.join(", ")}.\n`;
}
