/** The plugin of the Serverless Framework that bundles handlers before they are packaged. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

interface Hooks {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
}

let serviceDir: string;

beforeEach(() => {
  serviceDir = mkdtempSync(join(tmpdir(), "service-"));
  mkdirSync(join(serviceDir, "handlers"));
});
afterEach(() => rmSync(serviceDir, { recursive: true }));

const write = (path: string, text: string) => writeFileSync(join(serviceDir, path), text);

async function bundle(functions: Readonly<Record<string, { handler?: string }>>): Promise<void> {
  const path = "../../packages/local/serverless/index.js";
  const { default: Plugin } = (await import(path)) as {
    default: new (serverless: object) => Hooks;
  };
  const { hooks } = new Plugin({ service: { functions }, serviceDir });
  expect(Object.keys(hooks)).toEqual([
    "before:package:createDeploymentArtifacts",
    "before:package:function:package",
  ]);
  await hooks["before:package:createDeploymentArtifacts"]!();
}

it("each handler in build/ is one module, with what it imports and its source map", async () => {
  write(
    "handlers/a.ts",
    'import { two } from "./two.ts"; export const handler = (): number => two;',
  );
  write("handlers/two.ts", "export const two: number = 2;");
  write("handlers/b.mjs", "export const handler = () => 3;");
  await bundle({
    a: { handler: "build/handlers/a.handler" },
    b: { handler: "build/handlers/b.handler" },
    other: { handler: "elsewhere/c.handler" },
    image: {},
  });
  const built = (name: string) => join(serviceDir, "build/handlers", name);
  const answers = async (name: string) =>
    (await import(pathToFileURL(built(name)).href)).handler() as number;
  expect([await answers("a.mjs"), await answers("b.mjs")]).toEqual([2, 3]);
  expect(existsSync(built("a.mjs.map"))).toBe(true);
});

it("a handler without a source is named", async () => {
  await expect(bundle({ a: { handler: "build/handlers/a.handler" } })).rejects.toThrow(
    "The handler build/handlers/a is made from handlers/a.ts, or .mts, or .js, or .mjs, and none of them is there.",
  );
});

it("a source with a mistake is named with its line", async () => {
  write("handlers/a.ts", "export const handler = () => {\n  return (;\n};\n");
  await expect(bundle({ a: { handler: "build/handlers/a.handler" } })).rejects.toThrow(
    /handlers\/a\.ts:2:10: ERROR/,
  );
});
