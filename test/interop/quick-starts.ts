/**
 * Runs the programs of docs/clients.md against the simulator, where their toolchains are.
 * Arguments: which ones. Default: all. What is built stays under .shardmill/quick-starts.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { missingAwsCli } from "./missing.ts";

interface QuickStart {
  /** Languages of fenced code, and the file that each is. */
  readonly files: Readonly<Record<string, string>>;
  /** Says that the toolchain is there; or why it is not. */
  readonly has: readonly string[] | (() => string | undefined);
  /** One after the other, in the folder of the files. */
  readonly commands: readonly (readonly string[])[];
}

const starts: Readonly<Record<string, QuickStart>> = {
  cli: { files: { sh: "main.sh" }, has: missingAwsCli, commands: [["sh", "-e", "main.sh"]] },
  python: {
    files: { python: "main.py" },
    has: ["python3", "-m", "venv", "--help"],
    commands: [
      ["python3", "-m", "venv", "venv"],
      ["venv/bin/python", "-m", "pip", "install", "--quiet", "boto3"],
      ["venv/bin/python", "main.py"],
    ],
  },
  go: {
    files: { go: "main.go" },
    has: ["go", "version"],
    commands: [
      ["go", "mod", "init", "example"],
      ["go", "mod", "tidy"],
      ["go", "run", "."],
    ],
  },
  java: {
    files: { java: "src/main/java/Main.java", xml: "pom.xml" },
    has: ["mvn", "-v"],
    commands: [["mvn", "-q", "-B", "compile", "exec:java"]],
  },
  rust: {
    files: { rust: "src/main.rs", toml: "Cargo.toml" },
    has: ["cargo", "--version"],
    commands: [["cargo", "run", "--quiet"]],
  },
};

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/clients.md"), "utf8");

/** The first code of a language in the page. */
function code(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/clients.md has no ${language}.`);
  return found;
}

function isThere([program = "", ...args]: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function run([program = "", ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let [out, all] = ["", ""];
    child.stdout.on("data", (bytes) => {
      out += bytes;
      all += bytes;
    });
    child.stderr.on("data", (bytes) => {
      all += bytes;
    });
    child.once("error", reject);
    child.once("close", (status) => {
      if (status === 0) resolve(out);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${status}:\n${all}`));
    });
  });
}

const server = await createKinesisServer({ kinesis: createKinesis({ limits: true }) });
const environment = {
  ...process.env,
  AWS_ENDPOINT_URL: server.endpoint,
  ...{ AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1" },
  ...{ AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" },
  GOFLAGS: "-mod=mod",
};
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(starts);
for (const name of wanted) {
  const { files, has, commands } = starts[name]!;
  const missing =
    typeof has === "function" ? has() : isThere(has) ? undefined : `there is no ${has[0]}`;
  if (missing) {
    console.log(`${name}: skipped, ${missing}.`);
    continue;
  }
  const folder = join(root, ".shardmill/quick-starts", name);
  const target = name === "rust" ? ["src", "Cargo.toml"] : ["."];
  for (const path of target) rmSync(join(folder, path), { recursive: true, force: true });
  for (const [language, file] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), code(language));
  }
  let said = "";
  for (const command of commands) said = await run(command, folder, environment);
  if (!said.includes(`hello from ${name}`)) {
    throw new Error(`${name} has not read its record: ${said}`);
  }
  console.log(`${name}: put a record and read it.`);
}
await server.close();
