/** `shardmill put`: what stands in a file, into a stream. */
import { runCommand } from "../command-line/run-command.ts";
import { putHelp } from "./help.ts";
import { type PutSurroundings, put } from "./put-files.ts";
import { describe } from "./report.ts";
import { putSettings } from "./settings.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await putCommand(["orders", "orders.ndjson", "--key", "customer.id"]);
 */
export async function putCommand(
  args: readonly string[],
  surroundings: PutSurroundings = {},
): Promise<number> {
  return runCommand("put", surroundings, async ({ out, err }) => {
    const settings = putSettings(args);
    if (settings.help) {
      out.write(putHelp);
      return 0;
    }
    const { summary, failure } = await put(settings, { ...surroundings, err });
    out.write(settings.json ? `${JSON.stringify(summary)}\n` : describe(summary, settings));
    if (failure) throw failure;
    return summary.stoppedAt && !settings.follow ? 1 : 0;
  });
}
