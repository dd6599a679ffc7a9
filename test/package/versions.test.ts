/** The three packages are released together, under one version. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { version } from "../../src/handler/version.ts";

const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));

const runtime = read("package.json");
const local = read("packages/local/package.json");
const cli = read("packages/cli/package.json");

it.each([
  ["packages/local/package.json", local.version],
  ["packages/cli/package.json", cli.version],
  ["packages/cli/package.json, its peer", cli.peerDependencies["@shardmill/local"]],
  ["package.json, its peer", runtime.peerDependencies["@shardmill/local"].replace("^", "")],
  ["src/handler/version.ts", version],
  ["package-lock.json (npm install)", read("package-lock.json").version],
])("the version in package.json is that of %s", (_, theirs) => {
  expect(theirs).toBe(runtime.version);
});
