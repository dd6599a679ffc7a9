/** The Dockerfile of the simulator: what it starts, and how its health is seen, run as they stand in it. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { kinesisSettings } from "../../packages/cli/src/kinesis/settings.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";

const text = readFileSync(
  fileURLToPath(new URL("../../docker/Dockerfile", import.meta.url)),
  "utf8",
).replaceAll("\\\n", "");

const argumentsOf = (instruction: RegExp): string[] =>
  JSON.parse(new RegExp(`^${instruction.source}(\\[.*\\])$`, "m").exec(text)![1]!);

it("starts the command with options that it has", () => {
  const [program, command, ...args] = argumentsOf(/ENTRYPOINT /);
  expect([program, command]).toEqual(["shardmill", "kinesis"]);
  expect(kinesisSettings(args)).toMatchObject({ host: "0.0.0.0", port: 4567, data: "/data" });
  expect(text).toContain("EXPOSE 4567\n");
  expect(text).toContain("VOLUME /data\n");
});

it("sees whether the simulator is up, by a command that works", async () => {
  const [node, flag, code] = argumentsOf(/HEALTHCHECK .* CMD /);
  expect([node, flag]).toEqual(["node", "-e"]);
  expect(code).toContain(":4567/");
  const kinesis = createKinesis();
  kinesis.createStream({ name: "orders", shards: 1 });
  const server = await createKinesisServer({ kinesis });
  const check = () =>
    promisify(execFile)(process.execPath, ["-e", code!.replace("4567", String(server.port))]).then(
      () => "healthy",
      ({ code }) => `ended with ${code}`,
    );
  expect(await check()).toBe("healthy");
  const health = await fetch(`${server.endpoint}/_health`);
  expect(await health.json()).toEqual({ status: "ok", region: "us-east-1", streams: ["orders"] });
  const page = await fetch(`${server.endpoint}/_health`, {
    headers: { origin: "http://elsewhere.example" },
  });
  expect(page.status).toBe(403);
  await server.close();
  expect(await check()).toBe("ended with 1");
});
