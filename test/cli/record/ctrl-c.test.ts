import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { folder, type Served, served, until } from "../put/served.ts";

const { PATH, NODE_COMPILE_CACHE } = process.env;

/** The command line in a process of its own, ended by Ctrl-C once `isReady`. */
async function interrupted(
  stream: Served,
  args: readonly string[],
  isReady: () => boolean,
): Promise<number | null> {
  const child = spawn(process.execPath, ["packages/cli/bin/shardmill.js", ...args], {
    env: { PATH, NODE_COMPILE_CACHE, AWS_ENDPOINT_URL_KINESIS: stream.endpoint },
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exit = once(child, "exit");
  await until(isReady);
  child.kill("SIGINT");
  const [status] = await exit;
  return status;
}

it("Ctrl-C leaves a recording of whole lines, and its place", async () => {
  const stream = await served();
  const at = folder();
  const file = at.at("orders.ndjson");
  const isReady = () => {
    const data = Buffer.from(`{"text":"${"x".repeat(1000)}"}`);
    stream.kinesis.putRecord({ stream: "orders", partitionKey: "k", data });
    return existsSync(file) && statSync(file).size > 10_000;
  };
  const args = ["record", "orders", "--output", file, "--follow"];
  expect(await interrupted(stream, args, isReady)).toBe(0);
  const lines = readFileSync(file, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  for (const line of lines) JSON.parse(line);
  const { bytes } = JSON.parse(readFileSync(`${file}.checkpoint`, "utf8"));
  expect(bytes).toBe(statSync(file).size);
  expect(readdirSync(at.path).sort()).toEqual(["orders.ndjson", "orders.ndjson.checkpoint"]);
});

it("Ctrl-C leaves the place of what was put, and nothing else", async () => {
  const stream = await served();
  const at = folder();
  const file = at.write("a.ndjson", '{"id":1}\n{"id":2}\n{"id":');
  const args = ["put", "orders", file, "--follow", "--key", "id"];
  expect(await interrupted(stream, args, () => stream.texts().length === 2)).toBe(0);
  const checkpoint = JSON.parse(readFileSync(`${file}.orders.checkpoint`, "utf8"));
  expect(checkpoint).toMatchObject({ stream: "orders", offset: 18, line: 3 });
  expect(readdirSync(at.path).sort()).toEqual(["a.ndjson", "a.ndjson.orders.checkpoint"]);
});
