/** `shardmill init`: a small project that runs at once. */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type CommandSurroundings, runCommand } from "../command-line/run-command.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { type Ask, asking, type Terminal } from "./ask.ts";
import { initHelp } from "./help.ts";
import { type Kind, kinds } from "./kinds.ts";
import { nextSteps } from "./next-steps.ts";
import { projectFiles, writeProject } from "./project.ts";
import { checkedName, type InitSettings, initSettings, kindNamed, nameFrom } from "./settings.ts";

/** What else the command needs. */
export interface InitSurroundings extends CommandSurroundings {
  readonly cwd?: string;
  /** Where questions are asked. @default this process's, if it is one */
  readonly terminal?: Terminal | undefined;
}

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await initCommand(["billing", "--kind", "sam", "--yes"]);
 */
export async function initCommand(
  args: readonly string[],
  surroundings: InitSurroundings = {},
): Promise<number> {
  const { cwd = process.cwd(), terminal = ownTerminal() } = surroundings;
  return runCommand("init", surroundings, async ({ out }) => {
    const settings = initSettings(args);
    if (settings.help) {
      out.write(initHelp);
      return 0;
    }
    const folder = resolve(cwd, settings.folder);
    refuseOther(folder);
    const { kind, name } = await chosen(settings, nameFrom(basename(folder)), terminal);
    const files = await projectFiles(kind, name);
    const result = await writeProject(folder, files);
    for (const path of result.written) out.write(`wrote  ${join(settings.folder, path)}\n`);
    for (const path of result.kept) {
      out.write(`kept   ${join(settings.folder, path)}: it is there already\n`);
    }
    out.write(`\n${nextSteps(settings.folder, files, result)}`);
    return 0;
  });
}

/** A template that `dev` would read is a project's that has begun already. */
function refuseOther(folder: string): void {
  const templates = ["serverless.ts", ...new Set(kinds.map(({ template }) => template))];
  const there = templates.find((name) => existsSync(join(folder, name)));
  if (there === undefined) return;
  throw new Error(
    `there is a ${there} already, so nothing was written. To run what is there: npx shardmill dev. For a new project name another folder: shardmill init FOLDER`,
  );
}

async function chosen(
  { yes, kind, name }: InitSettings,
  standardName: string,
  terminal: Terminal | undefined,
): Promise<{ readonly kind: Kind; readonly name: string }> {
  if (yes) return { kind: kind ?? kinds[0], name: name ?? standardName };
  if (!terminal) {
    if (kind) return { kind, name: name ?? standardName };
    throw new UsageError(
      `there is no terminal to ask on: give --yes, or --kind with ${kinds.map(({ name }) => name).join(", ")}.`,
    );
  }
  if (kind && name) return { kind, name };
  return asking(terminal, async (ask) => ({
    kind: kind ?? (await askKind(ask, terminal)),
    name: name ?? (await ask({ text: "Its name?", standard: standardName, read: checkedName })),
  }));
}

function askKind(ask: Ask, { output }: Terminal): Promise<Kind> {
  for (const [index, { name, title }] of kinds.entries()) {
    output.write(`  ${index + 1}  ${name.padEnd(12)}${title}\n`);
  }
  return ask({ text: "Which kind of project?", standard: kinds[0].name, read: kindNamed });
}

function ownTerminal(): Terminal | undefined {
  const { stdin: input, stdout: output } = process;
  return input.isTTY && output.isTTY ? { input, output } : undefined;
}
