/** What a newcomer waits for: `npm start`, and the clone and the install before it. */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
  const alone = await updatesAlone();
  const row = inSeconds("npm start, in s", whole, 12);
  const values = { ...row.values, "its updates alone": alone, times: whole / alone };
  yield { ...row, peer: "its updates alone", values };
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

const environments = 4;
const flights = 20_000;

/**
 * What no change of ours can take away: seconds that AWS's SDK takes for the updates of `npm start` alone, in as many processes as
 * that has environments, from a server that answers at once.
 */
async function updatesAlone(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, {
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": 2,
      });
      response.end("{}");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const program = fileURLToPath(new URL("start/updates.ts", import.meta.url));
  const begun = performance.now();
  const ended = Array.from({ length: environments }, () =>
    once(fork(program, [endpoint, String(flights / environments)]), "exit"),
  );
  for (const [code] of await Promise.all(ended)) {
    if (code !== 0) throw new Error(`The updates alone ended with ${code}.`);
  }
  const seconds = (performance.now() - begun) / 1000;
  server.close();
  return seconds;
}

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
