/** Runs `sls package` where the settings of a service are newer than what it wrote. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { TemplateError } from "./error.ts";
import { adviceOn } from "./serverless-advice.ts";
import { localCloud } from "./serverless-cloud.ts";
import type { ReadTemplateOptions } from "./types.ts";
import type { TemplateValues } from "./values.ts";

export interface PackageOptions extends ReadTemplateOptions {
  readonly projectRoot: string;
  readonly output: string;
  readonly template: string;
  /** The settings and what they include. */
  readonly sources: readonly string[];
}

export async function packageService(
  options: PackageOptions,
  values: TemplateValues,
): Promise<void> {
  const why = await staleBecause(options);
  if (why === undefined) return;
  const {
    projectRoot,
    output,
    template,
    stage,
    region,
    params = {},
    sources,
    log,
    signal,
  } = options;
  log?.(`sls package: ${why}`);
  const args = [
    "package",
    ...["--config", basename(sources[0]!)],
    ...(stage === undefined ? [] : ["--stage", stage]),
    ...(region === undefined ? [] : ["--region", region]),
    ...Object.entries(params).flatMap(([name, value]) => ["--param", `${name}=${value}`]),
  ];
  const place = { file: sources[0]! };
  const command = await commandIn(projectRoot);
  const cloud = await localCloud(values, options.accountId ?? "123456789012");
  const { status, said } = await run(command, args, projectRoot, signal, cloud?.variables).finally(
    cloud?.close,
  );
  if (status !== 0) {
    const why = [indented(said), ...adviceOn(said, sources, { stage, region })].join("\n");
    throw new TemplateError(`sls package failed:\n${why}`, { place });
  }
  if (!existsSync(template)) {
    throw new TemplateError(`sls package did not write ${template} into ${output}.`, { place });
  }
  await remember(dirname(template), { config: basename(sources[0]!), stage, params });
}

/** The stage that was packaged. `provider.stage` is what the settings say, also where --stage says another. */
export function packagedStage(state: any): string {
  // PREFIX/SERVICE/STAGE/TIME
  const [, stage] = /\/([^/]+)\/\d+-[^/]+$/.exec(artifactsOf(state) ?? "") ?? [];
  return stage ?? state.service?.provider?.stage;
}

const artifactsOf = (state: any): string | undefined => state.package?.artifactDirectoryName;

/** Why what was packaged is not what the settings say; undefined where it is. */
async function staleBecause(options: PackageOptions): Promise<string | undefined> {
  const { template, sources, stage, params = {}, projectRoot } = options;
  if (!existsSync(template)) return "nothing is packaged yet";
  const packaged = (await stat(template)).mtimeMs;
  for (const source of sources) {
    if ((await stat(source)).mtimeMs > packaged) {
      return `${source.slice(projectRoot.length + 1)} has changed`;
    }
  }
  const folder = dirname(template);
  const state = await readJson(join(folder, stateFile));
  if (state === undefined) return "its state is not there";
  const was = packagedStage(state);
  const last = await readJson(join(folder, runFile));
  if (last === undefined || last.of !== artifactsOf(state)) {
    // Somebody else has packaged it, with parameters that are not known.
    if (Object.keys(params).length > 0) return "parameters are given";
    return was === (stage ?? state.service?.provider?.stage) ? undefined : `the stage was ${was}`;
  }
  if (last.config !== basename(sources[0]!)) return `${last.config} was packaged`;
  if (last.stage !== stage) {
    return last.stage === undefined ? "no stage was given" : `the stage was ${last.stage}`;
  }
  return isDeepStrictEqual(last.params, { ...params })
    ? undefined
    : "the parameters were different";
}

const stateFile = "serverless-state.json";

/** Says for which stage and parameters the package beside it was asked. */
const runFile = "shardmill-package.json";

async function remember(
  folder: string,
  asked: Pick<PackageOptions, "params"> & {
    readonly config: string;
    readonly stage: string | undefined;
  },
): Promise<void> {
  const state = await readJson(join(folder, stateFile));
  // It is about this package only: `sls package` by hand may leave the file as it is.
  const run = { of: state && artifactsOf(state), ...asked };
  await writeFile(join(folder, runFile), `${JSON.stringify(run, null, 2)}\n`);
}

/** What is in the file; undefined where there is none. */
async function readJson(file: string): Promise<any> {
  return existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : undefined;
}

/** The framework that the project has installed; its command is a script for Node.js. */
async function commandIn(projectRoot: string): Promise<string> {
  const require = createRequire(join(projectRoot, "serverless.yml"));
  for (const name of ["serverless", "osls"]) {
    const [folder] = (require.resolve.paths(name) ?? [])
      .map((path) => join(path, name))
      .filter((path) => existsSync(join(path, "package.json")));
    if (!folder) continue;
    const { bin } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return join(folder, typeof bin === "string" ? bin : Object.values<string>(bin)[0]!);
  }
  throw new TemplateError(
    "The Serverless Framework is not installed in this project, so its settings cannot be compiled. Run npm install --save-dev serverless@npm:osls@^4.",
    { place: { file: projectRoot } },
  );
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      cwd,
      env: { ...process.env, SLS_NOTIFICATIONS_MODE: "off", NO_COLOR: "1", ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal && { signal }),
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    child.on("error", reject).on("close", (status) => resolve({ status, said }));
  });
}

const indented = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
