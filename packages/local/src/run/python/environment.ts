/**
 * A Python with AWS's runtime interface client and what a function requires: a virtual environment
 * that is made once for each version and requirements.txt, and kept.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface PythonOptions {
  /** The folder for virtual environments. Absolute. */
  readonly folder: string;
  /** The interpreter that a person named: its packages are the function's, where it is of a virtual environment. */
  readonly command?: string | undefined;
  /** Told in one line what takes long, and what differs from Lambda. */
  readonly log?: (line: string) => void;
}

/** What starts a function's runtime. */
export interface Python {
  readonly command: string;
  readonly variables: Readonly<Record<string, string>>;
}

interface Interpreter {
  readonly command: string;
  /** Absolute. */
  readonly executable: string;
  /** `3.12` */
  readonly version: string;
  /** Where the packages of a virtual environment are. Undefined: it is none. */
  readonly packages?: string;
  readonly hasClient: boolean;
}

const run = promisify(execFile);

/** What Lambda's own Python has: who needs another version says so in requirements.txt. */
const ofLambda = ["awslambdaric", "boto3"];

const making = new Map<string, Promise<string>>();
const told = new Set<string>();

/**
 * The Python for a function of this version (`3.12`), with the packages of a requirements.txt. Rejects
 * with what a person can do where there is no Python, or pip does not get what is asked for.
 */
export async function pythonFor(
  version: string,
  requirements: string | undefined,
  { folder, command, log = () => {} }: PythonOptions,
): Promise<Python> {
  const found = await interpreter(version, command);
  if (found.version !== version) {
    const line = `A function of python${version} runs on Python ${found.version} here (${found.executable}): --python names another.`;
    if (!told.has(line)) log(line);
    told.add(line);
  }
  if (command !== undefined && found.hasClient) return { command: found.executable, variables: {} };
  // Those of the environment that was named come first, so nothing is installed a second time.
  const named = command === undefined ? undefined : found.packages;
  const wanted = named === undefined ? requirements : undefined;
  const python = await environmentFor(found, wanted, folder, log);
  return { command: python, variables: named === undefined ? {} : { PYTHONPATH: named } };
}

const asked = `import json, sys, sysconfig, importlib.util as u
print(json.dumps({
  "version": "%d.%d" % sys.version_info[:2], "executable": sys.executable,
  "packages": sysconfig.get_paths()["purelib"] if sys.prefix != sys.base_prefix else None,
  "hasClient": u.find_spec("awslambdaric") is not None }))`;

async function interpreter(version: string, command: string | undefined): Promise<Interpreter> {
  const candidates = command === undefined ? [`python${version}`, "python3", "python"] : [command];
  for (const candidate of candidates) {
    try {
      const { stdout } = await run(candidate, ["-c", asked]);
      const { packages, ...rest } = JSON.parse(stdout);
      return { command: candidate, ...rest, ...(packages && { packages }) };
    } catch {
      // Not here, or a name that a version manager left; the next may be.
    }
  }
  throw new Error(
    command === undefined
      ? `There is no Python here that could run it. Install Python ${version}, or name one with --python.`
      : `--python: ${command} is no Python 3 that runs here.`,
  );
}

/**
 * The interpreter of a virtual environment, which is made if it is not there. The text of requirements.txt
 * decides which it is; files that it includes are not followed.
 */
async function environmentFor(
  { executable, version }: Interpreter,
  requirements: string | undefined,
  folder: string,
  log: (line: string) => void,
): Promise<string> {
  const text = requirements === undefined ? "" : await readFile(requirements, "utf8");
  const key = createHash("sha256")
    .update([executable, ...ofLambda, text].join("\n"))
    .digest("hex");
  const place = join(folder, `${version}-${key.slice(0, 12)}`);
  const python = interpreterIn(place);
  const made = making.get(place) ?? (existsSync(python) ? Promise.resolve(python) : make());
  making.set(place, made);
  made.catch(() => making.delete(place));
  return made;

  async function make(): Promise<string> {
    log(`Making a Python ${version} environment in ${place}: ${ofLambda.join(", ")}${also()}.`);
    await mkdir(folder, { recursive: true });
    // It is moved into its place when it is complete; two processes may make it at one time.
    const draft = await mkdtemp(join(folder, "making-"));
    try {
      await step([executable, "-m", "venv", draft], "a virtual environment");
      const packages = [...ofLambda, ...(requirements ? ["-r", requirements] : [])];
      const install = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet"];
      await step([interpreterIn(draft), ...install, ...packages], packages.join(" "));
      await rename(draft, place).catch((error) => {
        if (!existsSync(python)) throw error;
      });
      return python;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  function also(): string {
    return requirements === undefined ? "" : ` and ${requirements}`;
  }
}

async function step([command = "", ...args]: string[], what: string): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    const { stderr = "", message } = cause as { stderr?: string; message: string };
    const said = stderr.trim().split("\n").slice(-5).join("\n") || message;
    throw new Error(
      `Python could not get ${what}:\n${said}\nMend that, or name a Python that has what the function needs with --python.`,
      { cause },
    );
  }
}

const interpreterIn = (environment: string) =>
  process.platform === "win32"
    ? join(environment, "Scripts", "python.exe")
    : join(environment, "bin", "python");
