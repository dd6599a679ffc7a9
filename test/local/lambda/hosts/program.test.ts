import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LogLine } from "../../../../packages/local/src/lambda/hosts/function.ts";
import {
  type ProgramSettings,
  programFunction,
} from "../../../../packages/local/src/lambda/hosts/program.ts";
import { after } from "../../../ending.ts";
import { writeBootstrap } from "./bootstrap.ts";
import { failure, folder, invoke } from "./fixtures.ts";

function program(body: string, settings: Partial<ProgramSettings> = {}) {
  const taskRoot = folder();
  const command = writeBootstrap(taskRoot, body);
  const fn = programFunction({ functionName: "fn", command, taskRoot, ...settings });
  after(() => fn.close());
  return { fn, taskRoot };
}

describe("a program that speaks the Runtime API", () => {
  test("gets events one after the other, in one warm environment", async () => {
    const { fn } = program("return { twice: event.n * 2, n };");
    expect(await invoke(fn, { n: 4 })).toEqual({ twice: 8, n: 1 });
    expect(await invoke(fn, { n: 5 })).toEqual({ twice: 10, n: 2 });
    expect(fn.environments()).toHaveLength(1);
  });

  test("has the variables of Lambda and its own, and starts in its folder", async () => {
    const { fn, taskRoot } = program(
      "const { _HANDLER, LAMBDA_TASK_ROOT, TABLE, AWS_LAMBDA_FUNCTION_NAME } = process.env; return { _HANDLER, LAMBDA_TASK_ROOT, TABLE, AWS_LAMBDA_FUNCTION_NAME, cwd: process.cwd() };",
      { handler: "app.handler", environment: { TABLE: "orders" } },
    );
    expect(await invoke(fn)).toEqual({
      _HANDLER: "app.handler",
      LAMBDA_TASK_ROOT: taskRoot,
      TABLE: "orders",
      AWS_LAMBDA_FUNCTION_NAME: "fn",
      cwd: taskRoot,
    });
  });

  test("reports an error as its runtime does, and goes on", async () => {
    const { fn } = program(`if (n === 1) throw new RangeError("too far"); return n;`);
    expect(await failure(invoke(fn))).toMatchObject({
      errorType: "RangeError",
      errorMessage: "too far",
    });
    expect(await invoke(fn)).toBe(2);
  });

  test("is killed at its timeout, in an endless loop too", async () => {
    const { fn } = program("while (event.spin); return n;", { timeout: 0.5 });
    expect(await invoke(fn)).toBe(1);
    expect(await failure(invoke(fn, { spin: true }, "r"))).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: r Error: Task timed out after 0.50 seconds",
    });
    expect(await invoke(fn)).toBe(1);
  });

  test("takes what it started along when it is killed", async () => {
    const { fn, taskRoot } = program(
      `const { spawn } = process.getBuiltinModule("node:child_process");
       const child = spawn("sleep", ["600"], { stdio: "inherit" });
       process.getBuiltinModule("node:fs").writeFileSync("pid", String(child.pid));
       await new Promise(() => {});`,
    );
    const failed = failure(invoke(fn));
    while (!existsSync(join(taskRoot, "pid")))
      await new Promise((resolve) => setTimeout(resolve, 10));
    const pid = Number(readFileSync(join(taskRoot, "pid"), "utf8"));
    await fn.kill();
    expect(await failed).toMatchObject({ errorType: "Runtime.ExitError" });
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test("that ends says with which status", async () => {
    const { fn } = program("process.exit(3);");
    expect(await failure(invoke(fn, {}, "r"))).toMatchObject({
      errorMessage: "RequestId: r Error: Runtime exited with error: exit status 3",
    });
  });

  test("that is not there says what could not be run", async () => {
    const { fn } = program("", { command: "/nowhere/bootstrap" });
    const { errorType, errorMessage } = await failure(invoke(fn));
    expect(errorType).toBe("Runtime.InvalidEntrypoint");
    expect(errorMessage).toContain("Cannot run /nowhere/bootstrap in ");
  });

  test("has all its lines told before its invocation ends, with its request id", async () => {
    const lines: LogLine[] = [];
    const { fn } = program(
      `process.getBuiltinModule("node:fs").writeSync(1, (requestId + " ü\\n").repeat(2000)); return "a";`,
      { onLog: (line) => lines.push(line) },
    );
    for (const id of ["one", "two"]) {
      await invoke(fn, {}, id);
      const own = lines.splice(0).filter(({ requestId }) => requestId === id);
      expect(own.map(({ line }) => line)).toEqual(Array(2000).fill(`${id} ü`));
    }
  });
});

/** A zombie that nobody has waited for is as dead as one that is gone. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
