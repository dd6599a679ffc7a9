import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { after } from "../../../ending.ts";
import { folder, inChild, invoke, killable } from "./fixtures.ts";

const show = `export const handler = () => process.env;`;

function compiledInto(): string {
  const cache = folder();
  after(() => vi.unstubAllEnvs());
  vi.stubEnv("NODE_COMPILE_CACHE", cache);
  return cache;
}

describe.each(killable)("the environment variables in the %s host", (_, start) => {
  test("are Lambda's and the function's own", async () => {
    const fn = start(show, {
      functionName: "departures",
      memorySize: 256,
      version: "7",
      region: "eu-west-1",
      environment: { TABLE: "progress", AWS_ENDPOINT_URL_KINESIS: "http://127.0.0.1:4567" },
    });
    const variables = await invoke(fn);
    expect(variables).toMatchObject({
      TABLE: "progress",
      AWS_ENDPOINT_URL_KINESIS: "http://127.0.0.1:4567",
      AWS_LAMBDA_FUNCTION_NAME: "departures",
      AWS_LAMBDA_FUNCTION_VERSION: "7",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/departures",
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining("[7]"),
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
      _HANDLER: "index.handler",
      _X_AMZN_TRACE_ID: expect.stringMatching(
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
      ),
      TZ: ":UTC",
    });
  });

  test("hold nothing of this process's credentials and settings", async () => {
    after(() => vi.unstubAllEnvs());
    const secrets = {
      AWS_PROFILE: "production",
      AWS_ACCESS_KEY_ID: "AKIAREAL",
      AWS_SECRET_ACCESS_KEY: "real-secret",
      AWS_SESSION_TOKEN: "real-token",
      AWS_REGION: "ap-south-1",
      AWS_ENDPOINT_URL: "https://real.example",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/real/token",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://real.example/credentials",
      AWS_CONFIG_FILE: "/real/config",
      AWS_SHARED_CREDENTIALS_FILE: "/real/credentials",
      NODE_OPTIONS: "--no-warnings",
      GITHUB_TOKEN: "real-token",
    };
    for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
    const variables = (await invoke(start(show))) as Record<string, string>;
    expect(Object.values(variables).filter((value) => /real|REAL|production/.test(value))).toEqual(
      [],
    );
    expect(variables).not.toHaveProperty("AWS_PROFILE");
    expect(variables).not.toHaveProperty("NODE_OPTIONS");
    expect(variables).toMatchObject({
      PATH: process.env.PATH,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: expect.stringContaining("LOCAL"),
      AWS_EC2_METADATA_DISABLED: "true",
    });
  });

  test("say where compiled code is kept, if the parent's do", async () => {
    const cache = compiledInto();
    expect(await invoke(start(show))).toMatchObject({ NODE_COMPILE_CACHE: cache });
  });

  test("that Lambda reserves are refused by name", () => {
    expect(() => start(show, { environment: { AWS_REGION: "x", _HANDLER: "y", OK: "z" } })).toThrow(
      "AWS_REGION, _HANDLER",
    );
  });
});

test("an environment that is killed has kept what it compiled", async () => {
  const cache = compiledInto();
  const fn = inChild(show);
  await invoke(fn);
  await fn.kill();
  const [version] = readdirSync(cache);
  expect(readdirSync(join(cache, version!))).not.toEqual([]);
});

test("the child process keeps UTC, wherever the machine is", async () => {
  after(() => vi.unstubAllEnvs());
  vi.stubEnv("TZ", "Asia/Tokyo");
  const fn = inChild(`export const handler = () => new Date(0).getHours();`);
  expect(await invoke(fn)).toBe(0);
});

test("the heap follows the memory size, unless NODE_OPTIONS says otherwise", async () => {
  const limit = `
    import { getHeapStatistics } from "node:v8";
    export const handler = () => getHeapStatistics().heap_size_limit / 2 ** 20;`;
  const small = (await invoke(inChild(limit, { memorySize: 256 }))) as number;
  const environment = { NODE_OPTIONS: "--max-old-space-size=1024" };
  const own = (await invoke(inChild(limit, { memorySize: 256, environment }))) as number;
  expect(small).toBeLessThan(512);
  expect(own).toBeGreaterThan(1000);
});
