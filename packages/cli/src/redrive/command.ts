/** `shardmill redrive`: what was parked or given up, once more. */
import { systemClock } from "../../../../src/time/clock.ts";
import { type CommandSurroundings, runCommand } from "../command-line/run-command.ts";
import { requireLocal } from "../local.ts";
import { redriveHelp } from "./help.ts";
import { type Outcome, outcomesLeft, type Told } from "./outcome.ts";
import { type RedriveSurroundings, redriveAll } from "./redrive-all.ts";
import { line, sums } from "./report.ts";
import { redriveSettings } from "./settings.ts";

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
    if (settings.handler && !settings.dryRun) await requireLocal("--handler");
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
