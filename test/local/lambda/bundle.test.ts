import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { bundleHandler } from "../../../packages/local/src/lambda/bundle.ts";
import { failure, inChild, invoke } from "./hosts/fixtures.ts";

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function project(files: Record<string, string>): (path: string) => string {
  const root = mkdtempSync(join(tmpdir(), "shardmill-bundle-"));
  roots.push(root);
  const at = (path: string) => join(root, path);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  }
  return at;
}

test("a file that a module names by its URL stands beside the bundle, and is watched", async () => {
  const at = project({
    "src/ticker.sql": "SELECT 1",
    "src/ticker.ts": `
      import { readFileSync } from "node:fs";
      export const handler = async () => readFileSync(new URL("./ticker.sql", import.meta.url), "utf8");`,
  });
  const { file, inputs } = await bundleHandler({ entry: at("src/ticker.ts"), outdir: at("out") });
  expect(readFileSync(join(dirname(file), "ticker.sql"), "utf8")).toBe("SELECT 1");
  expect(inputs).toContain(at("src/ticker.sql"));
});

test("a bundle holds the handler and its dependencies, and runs as deployed", async () => {
  const at = project({
    "tsconfig.json": JSON.stringify({ compilerOptions: { paths: { "@lib/*": ["./src/lib/*"] } } }),
    "src/lib/scale.ts": `export const scale: number = 3;`,
    "src/departures.ts": `
      import { createRequire } from "node:module";
      import { scale } from "@lib/scale";
      import legacy from "legacy";
      const require = createRequire(import.meta.url);
      enum Unit { Kilo = 1000 }
      export const handler = async (n: number) => [n * scale * Unit.Kilo, legacy.platform(), typeof require];`,
    "node_modules/legacy/index.js": `const os = require("os"); exports.platform = () => os.platform();`,
    "node_modules/legacy/package.json": `{ "name": "legacy", "version": "1.0.0" }`,
  });
  const { file, inputs } = await bundleHandler({
    entry: at("src/departures.ts"),
    outdir: at("out"),
  });
  expect(file).toBe(at("out/departures.mjs"));
  expect([...inputs].sort()).toEqual(
    ["node_modules/legacy/index.js", "src/departures.ts", "src/lib/scale.ts"].map(at),
  );
  expect(await invoke(inChild("", { file }), 2)).toEqual([6000, process.platform, "function"]);
});

test("a bundle's errors show the source", async () => {
  const at = project({
    "departures.ts": `interface Flight { id: string }\n\nexport const handler = (flight: Flight) => {\n  throw new Error(flight.id);\n};`,
  });
  const { file } = await bundleHandler({ entry: at("departures.ts"), outdir: at("out") });
  const error = await failure(invoke(inChild("", { file }), { id: "late" }));
  expect(error.trace[1]).toContain("departures.ts:4:");
});

test("the AWS SDK and what else is named stays outside", async () => {
  const at = project({
    "a.ts": `
      import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
      import other from "other-package";
      export const handler = () => [DynamoDBClient, other];`,
  });
  const options = { entry: at("a.ts"), outdir: at("out") };
  await expect(bundleHandler(options)).rejects.toThrow("other-package");
  const { file } = await bundleHandler({ ...options, external: ["@aws-sdk/*", "other-package"] });
  const code = readFileSync(file, "utf8");
  expect(code).toContain(`from "@aws-sdk/client-dynamodb"`);
  expect(code).toContain(`from "other-package"`);
  expect(existsSync(`${file}.map`)).toBe(true);
});

test("what cannot be bundled is told by file, line and column", async () => {
  const at = project({
    "broken.ts": `import { a } from "./missing.ts";\nexport const handler = () => a;`,
    "syntax.ts": `export const handler = (;\n`,
  });
  const outdir = at("out");
  await expect(bundleHandler({ entry: at("broken.ts"), outdir })).rejects.toThrow(
    /broken\.ts:1:19: Could not resolve ".\/missing\.ts"/,
  );
  const packages = 'import "left"; import "@scope/right/deep.js"; import "left/more";';
  await expect(
    bundleHandler({ entry: project({ "a.ts": packages })("a.ts"), outdir }),
  ).rejects.toThrow(/\n {2}Install what is missing, with npm install: left, @scope\/right$/);
  await expect(bundleHandler({ entry: at("syntax.ts"), outdir })).rejects.toThrow(
    /syntax\.ts:1:25: /,
  );
  await expect(bundleHandler({ entry: at("nowhere.ts"), outdir })).rejects.toThrow("nowhere.ts");
});
