import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inProcessFunction } from "../../../../packages/local/src/lambda/hosts/in-process.ts";
import { failure, folder, handlerFile, inChild, invoke, inWorker, killable } from "./fixtures.ts";

describe("the module of a function", () => {
  test.each([
    ["index.mjs", `export const handler = () => "esm";`, "handler", "esm"],
    ["index.cjs", `exports.handler = () => "cjs";`, "handler", "cjs"],
    [
      "index.cjs",
      `module.exports = Object.assign({}, { handler: () => "assigned" });`,
      "handler",
      "assigned",
    ],
    ["index.mts", `export const handler = (event: unknown): string => "ts";`, "handler", "ts"],
    ["index.mjs", `export default { handler: () => "default" };`, "handler", "default"],
    ["index.mjs", `export const api = { put: () => "nested" };`, "api.put", "nested"],
    [
      "index.mjs",
      `const value = await Promise.resolve("top"); export const handler = () => value;`,
      "handler",
      "top",
    ],
  ])("may be %s: %s", async (name, source, handler, expected) => {
    const fn = inWorker("", { file: handlerFile(source, name), handler });
    expect(await invoke(fn)).toBe(expected);
  });

  test.each([
    [`import "no-such-package";`, "Runtime.ImportModuleError", "no-such-package"],
    [
      `import "@aws-sdk/client-none/sub";`,
      "Runtime.ImportModuleError",
      "Lambda has @aws-sdk/client-none, and this project has not: npm i -D @aws-sdk/client-none",
    ],
    [`export const handler = (;`, "Runtime.UserCodeSyntaxError", "Unexpected token"],
    [`export const other = 1;`, "Runtime.HandlerNotFound", "handler is undefined or not exported"],
    [`export const a = 1, b = 2;`, "Runtime.HandlerNotFound", "mjs, which exports a, b"],
    [`const inner = 1;`, "Runtime.HandlerNotFound", "mjs, which exports nothing"],
    [`export const handler = "text";`, "Runtime.HandlerNotFound", "is not a function"],
    [
      `export const handler = (event, context, callback) => callback(null, 1);`,
      "Runtime.CallbackHandlerDeprecated",
      "Return a value or a promise",
    ],
    [`throw new TypeError("at the top");`, "TypeError", "at the top"],
    [`await Promise.reject(new TypeError("awaited"));`, "TypeError", "awaited"],
    [`throw "text";`, "string", "text"],
  ])("that cannot be loaded fails the invocation: %s", async (source, errorType, text) => {
    const fn = inWorker(source);
    const error = await failure(invoke(fn));
    expect(error.errorType).toBe(errorType);
    expect(error.errorMessage).toContain(text);
    expect(fn.environments()).toEqual([]);
  });
});

describe.each(killable)("the load of a module in the %s host", (_, start) => {
  test.each([
    [`throw new TypeError("at the top");`, "TypeError", "at the top"],
    [`process.exit(4);`, "Runtime.ExitError", "exit status 4"],
    [
      `Promise.reject(new Error("unhandled")); await new Promise((resolve) => setTimeout(resolve, 1000));`,
      "Runtime.UnhandledPromiseRejection",
      "Error: unhandled",
    ],
  ])("may end by %s", async (source, errorType, text) => {
    const error = await failure(invoke(start(source)));
    expect(error.errorType).toBe(errorType);
    expect(error.errorMessage).toContain(text);
  });

  test("gets another chance in the next environment", async () => {
    const flag = join(folder(), "flag");
    const fn = start(`
      import { existsSync } from "node:fs";
      if (!existsSync(${JSON.stringify(flag)})) throw new Error("too early");
      export const handler = () => "loaded";`);
    expect(await failure(invoke(fn))).toMatchObject({ errorMessage: "too early" });
    writeFileSync(flag, "");
    expect(await invoke(fn)).toBe("loaded");
  });

  test("shows the places of its source, not of what was built from it", async () => {
    const file = join(folder(), "index.mjs");
    writeFileSync(
      file,
      `export const handler=()=>{throw new Error("mapped")};\n//# sourceMappingURL=index.mjs.map`,
    );
    writeFileSync(
      `${file}.map`,
      JSON.stringify({
        version: 3,
        sources: ["src/departures.ts"],
        names: [],
        // Column 0 of the only line comes from line 40.
        mappings: "AAuCA",
      }),
    );
    const error = await failure(invoke(start("", { file })));
    expect(error.trace.join("\n")).toContain("src/departures.ts:40");
  });
});

test("the child process works in the task root, and names its handler from there", async () => {
  const root = folder();
  mkdirSync(join(root, "dist"));
  const file = join(root, "dist", "app.mjs");
  writeFileSync(
    file,
    `export const handler = () => [process.cwd(), process.env._HANDLER, process.env.LAMBDA_TASK_ROOT];`,
  );
  const fn = inChild("", { file, taskRoot: root });
  expect(await invoke(fn)).toEqual([root, "dist/app.handler", root]);
});

test("a callback handler is refused in process too, at once", () => {
  const handler = (_event: unknown, _context: unknown, callback: () => void) => callback();
  expect(() => inProcessFunction({ functionName: "fn", handler })).toThrow(
    "Return a value or a promise",
  );
});
