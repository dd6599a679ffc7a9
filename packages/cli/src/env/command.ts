/** `shardmill env`: what to set in another terminal to reach a running `shardmill dev`. */
import { localServices } from "@shardmill/local/rig";
import { parseCommandLine } from "../command-line/parse.ts";
import { type CommandSurroundings, runCommand } from "../command-line/run-command.ts";
import { exportLines } from "../project/client-variables.ts";
import { addressOfDev, healthOf } from "../project/running-dev.ts";
import { envHelp } from "./help.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await envCommand(["--json"]);
 */
export async function envCommand(
  args: readonly string[],
  surroundings: CommandSurroundings & { readonly cwd?: string } = {},
): Promise<number> {
  const { cwd = process.cwd(), env = process.env } = surroundings;
  return runCommand("env", surroundings, async ({ out }) => {
    const { values } = parseCommandLine({
      args,
      allowPositionals: false,
      options: {
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      out.write(envHelp);
      return 0;
    }
    const address = await addressOfDev(cwd);
    const health = await healthOf(address);
    if (!health) {
      throw new Error(`no shardmill dev answers at ${address}. Start one: npx shardmill dev`);
    }
    const own = localServices
      .map((service) => `AWS_ENDPOINT_URL_${service.toUpperCase()}`)
      .filter((name) => env[name] !== undefined)
      .map((name) => `unset ${name}`);
    const lines = [...own, ...exportLines(address, health.region)];
    out.write(
      values.json ? `${JSON.stringify({ address, ...health })}\n` : `${lines.join("\n")}\n`,
    );
    return 0;
  });
}
