/** The command line in a process of its own, as a person or a script runs it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { served, until } from "./put/served.ts";

const { PATH, NODE_COMPILE_CACHE } = process.env;

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ["packages/cli/bin/shardmill.js", ...args], {
    env: { PATH, NODE_COMPILE_CACHE, AWS_EC2_METADATA_DISABLED: "true", HOME: "/nowhere", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let err = "";
  child.stderr.on("data", (text) => (err += text));
  return { child, ended: once(child, "close"), err: () => err };
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { child, ended, err } = start(args, env);
  let out = "";
  child.stdout.on("data", (text) => (out += text));
  child.stdin.end();
  const [status] = await ended;
  return { status, out, err: err() };
}

it("says its version, and the manual page of a command that help is asked for", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const [own, help, none, odd] = await Promise.all([
    run(["--version"]),
    run(["help", "put"]),
    run([]),
    run(["constructor"]),
  ]);
  expect(own).toEqual({ status: 0, out: `${version}\n`, err: "" });
  expect(help).toMatchObject({ status: 0, out: expect.stringMatching(/^shardmill put - /) });
  expect(none).toMatchObject({ status: 2, err: "" });
  expect(odd).toMatchObject({
    status: 2,
    err: expect.stringContaining('there is no command "constructor".'),
  });
});

it("says that nobody has said a region, or who is asking", async () => {
  const commands = [
    ["progress", "show", "--table", "p"],
    ["redrive", "--table", "p", "--dry-run"],
    ["record", "orders"],
  ];
  for (const args of commands) {
    const [nowhere, nobody] = await Promise.all([
      run(args),
      run(args, { AWS_REGION: "eu-west-1" }),
    ]);
    expect(nowhere.err).toBe(
      `shardmill ${args[0]}: which region? Give --region; for a running dev: eval "$(npx shardmill env)", then again.\n`,
    );
    expect(nobody.err).toMatch(/: no credentials: .* name a profile with --profile\.\n$/);
    expect([nowhere.status, nobody.status]).toEqual([1, 1]);
  }
});

it("writes a recording into a pipe as fast as somebody reads it", async () => {
  const { endpoint, kinesis } = await served();
  const data = Buffer.from("x".repeat(10_000));
  for (let n = 0; n < 100; n++) kinesis.putRecord({ stream: "orders", partitionKey: "k", data });
  const { child, ended, err } = start(["record", "orders", "--endpoint", endpoint]);
  // More than a pipe holds waits here.
  await sleep(500);
  let out = "";
  for await (const text of child.stdout) out += text;
  expect((await ended)[0]).toBe(0);
  expect(out.trim().split("\n")).toHaveLength(100);
  expect(err()).toContain("orders: 100 records");
});

it("ends by Ctrl-C while standard input is open and silent", async () => {
  const { endpoint, texts } = await served();
  const { child, ended } = start(["put", "orders", "-", "--endpoint", endpoint]);
  child.stdin.write('{"id":1}\n');
  await until(() => texts().length === 1);
  child.kill("SIGINT");
  const [out] = await once(child.stdout, "data");
  expect(String(out)).toContain("orders: 1 record put");
  expect((await ended)[0]).toBe(1);
});
