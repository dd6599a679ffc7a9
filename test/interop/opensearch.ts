/**
 * A real OpenSearch, 2.19 as AWS runs it, from Maven's artifacts: what opensearchSink and the local Firehose leave in it. Needs
 * Java, Maven and Maven's registry; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/opensearch.ts
 *
 * Against one that runs already: OPENSEARCH_URL=http://localhost:9200 npx vitest run test/interop/opensearch.test.ts
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { mavenProject } from "./maven.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { build, run, whatIsMissing } = mavenProject("opensearch");

const missing = await whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped OpenSearch: ${missing}.`);

async function drive(): Promise<number> {
  const classpath = await build();
  if (typeof classpath === "number") return classpath;
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
