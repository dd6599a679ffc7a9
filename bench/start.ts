/** What a newcomer waits for: `npm start`, and the clone and the install before it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Row, RowSet } from "./harness.ts";

export const start: RowSet = { name: "start", rows };

async function* rows(): AsyncGenerator<Row> {
  const here = fileURLToPath(new URL("..", import.meta.url));
  const { first, whole } = await timed(here, "npm", "start");
  yield inSeconds("npm start: until its first line, in s", first, 1);
  yield inSeconds("npm start, in s", whole, 12);
  const folder = await mkdtemp(join(tmpdir(), "shardmill-start-"));
  try {
    const cloned = await timed(folder, "git", "clone", "--quiet", here, folder);
    const installed = await timed(folder, "npm", "install");
    const started = await timed(folder, "npm", "start");
    const all = cloned.whole + installed.whole + started.whole;
    yield inSeconds("from a clone to the end of npm start, in s", all, 40);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const inSeconds = (name: string, shardmill: number, most: number): Row => ({
  ...{ name, values: { shardmill }, limits: { shardmill: most } },
});

/** Seconds until a command has said something that is not npm's banner, and until it has ended. */
async function timed(cwd: string, command: string, ...args: readonly string[]) {
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  let first: number | undefined;
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "ignore"] });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line !== "" && !line.startsWith("> ")) first ??= since();
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}.`);
  return { first: first ?? since(), whole: since() };
}
