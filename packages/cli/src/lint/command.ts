/** `shardmill lint`: the template against the handlers' options. */
import { interrupted } from "../command-line/interrupted.ts";
import type { Surroundings } from "../project/machine.ts";
import { readOptions } from "../project/options.ts";
import { statusOf } from "../project/status.ts";
import { templateReader } from "../project/template-reader.ts";
import { lintHelp } from "./help.ts";
import { junitOf } from "./junit.ts";
import { lint } from "./lint.ts";
import { describeLint } from "./report.ts";
import { sarifOf } from "./sarif.ts";
import { lintSettings } from "./settings.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status: 0,
 * 1 (something was found, or it could not run) or 2 (the command line is wrong).
 *
 * @example
 * process.exitCode = await lintCommand(["--template", "template.yaml", "--json"]);
 */
export async function lintCommand(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<number> {
  const { cwd = process.cwd() } = surroundings;
  return statusOf("lint", surroundings, async ({ out, err }) => {
    const values = lintSettings(args);
    if (values.help) {
      out.write(lintHelp);
      return 0;
    }
    const signal = surroundings.signal ?? interrupted();
    const readTemplate = await templateReader(surroundings.readTemplate);
    const log = (text: string) => values.format !== "text" || err.write(`${text}\n`);
    const template = await readTemplate({ ...readOptions(values), cwd, log, signal });
    const result = await lint(template, signal);
    const { verbose } = values;
    const written = {
      text: () => describeLint(result, template, { cwd, verbose }),
      json: () => `${JSON.stringify(result)}\n`,
      sarif: () => sarifOf(result, cwd),
      junit: () => junitOf(result, cwd),
    };
    out.write(written[values.format]());
    // Nothing that was looked at is no pass.
    return result.findings.length > 0 || result.checked === 0 ? 1 : 0;
  });
}
