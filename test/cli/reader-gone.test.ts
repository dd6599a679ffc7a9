import { spawn } from "node:child_process";
import { once } from "node:events";
import { kinesisEvent } from "shardmill/testing";
import { expect, test } from "vitest";
import { file } from "./inspect/run.ts";

const main = new URL("../../packages/cli/bin/shardmill.js", import.meta.url).pathname;

test("a command whose output nobody reads any more ends without a word", async () => {
  const line = `${JSON.stringify(kinesisEvent(["a".repeat(1_000)]))}\n`;
  const child = spawn(process.execPath, [main, "inspect", file("events", line.repeat(2_000))]);
  let err = "";
  child.stderr.on("data", (text) => (err += text));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [status, signal] = await once(child, "close");
  expect([status, signal, err]).toEqual([0, null, ""]);
});
