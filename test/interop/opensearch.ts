/**
 * A real OpenSearch, 2.19 as AWS runs it, from Maven's artifacts: what opensearchSink and the local Firehose leave in it. Needs
 * Java, Maven and Maven's registry; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/opensearch.ts
 *
 * Against one that runs already: OPENSEARCH_URL=http://localhost:9200 npx vitest run test/interop/opensearch.test.ts
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const project = at("opensearch");
/** Where the project's pom.xml has it built. */
const built = at("../../node_modules/.cache/interop-opensearch");

const missing = await whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped OpenSearch: ${missing}.`);

async function whatIsMissing(): Promise<string | undefined> {
  const quiet = { stdio: "ignore" } as const;
  if ((await run("java", ["-version"], quiet)) !== 0) return "there is no Java";
  if ((await run("mvn", ["-version"], quiet)) !== 0) return "there is no Maven";
  const had = await run("mvn", ["-q", "-B", "dependency:resolve"], quiet);
  return had === 0 ? undefined : "Maven cannot fetch it here";
}

async function drive(): Promise<number> {
  const goals = ["compile", "dependency:build-classpath", `-Dmdep.outputFile=${built}/classpath`];
  const compiled = await run("mvn", ["-q", "-B", ...goals]);
  if (compiled !== 0) return compiled;
  const classpath = `${built}/classes:${await readFile(`${built}/classpath`, "utf8")}`;
  const home = mkdtempSync(join(tmpdir(), "shardmill-opensearch-"));
  // It ends when its input does: also when this process is killed.
  const node = spawn("java", ["-Xmx512m", "-cp", classpath, "interop.OneNode", home], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const OPENSEARCH_URL = `http://127.0.0.1:${await portOf(node)}`;
    return await run("npx", ["vitest", "run", "test/interop/opensearch.test.ts"], {
      cwd: at("../.."),
      env: { ...process.env, OPENSEARCH_URL },
    });
  } finally {
    const ended = once(node, "close");
    node.stdin.end();
    await ended;
    rmSync(home, { recursive: true, force: true });
  }
}

/** The port that it says it has. Rejects when it ends before. */
async function portOf(node: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: node.stdout! })) {
    const [, port] = /^port (\d+)$/.exec(line) ?? [];
    if (port) return Number(port);
  }
  throw new Error("OpenSearch has ended before it was up.");
}

/** The exit status; 127 for a program that is not there. */
async function run(program: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  const child = spawn(program, args, { cwd: project, stdio: "inherit", ...options });
  try {
    const [status] = await once(child, "close");
    return status ?? 1;
  } catch {
    return 127;
  }
}
