import { describe, expect, test } from "vitest";
import { failure, inChild, invoke, killable } from "./fixtures.ts";

const handler = (body: string) => `
  let n = 0;
  export const handler = async (event) => { n++; if (event === "well") return n; ${body} };`;

describe.each(killable)("a crash in the %s host", (_, start) => {
  test("by process.exit is an exit, and the next event finds a cold start", async () => {
    const fn = start(handler("process.exit(3)"));
    expect(await invoke(fn, "well")).toBe(1);
    expect(await failure(invoke(fn, {}, "request-1"))).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: request-1 Error: Runtime exited with error: exit status 3",
    });
    expect(fn.environments()).toEqual([]);
    expect(await invoke(fn, "well")).toBe(1);
  });

  test.each(["process.exit(0)", "await new Promise(() => {})"])(
    "by %s has no reason to give",
    async (body) => {
      const fn = start(handler(body));
      expect(await failure(invoke(fn, {}, "request-1"))).toMatchObject({
        errorType: "Runtime.ExitError",
        errorMessage: "RequestId: request-1 Error: Runtime exited without providing a reason",
      });
    },
  );

  test("by an exception that nobody catches names the exception", async () => {
    const fn = start(
      handler(`setTimeout(() => { throw new RangeError("late") }); await new Promise(() => {});`),
    );
    expect(await failure(invoke(fn))).toMatchObject({
      errorType: "RangeError",
      errorMessage: "late",
    });
    expect(fn.environments()).toEqual([]);
  });

  test("by a rejection that nobody handles names its reason, even if the handler returned", async () => {
    const fn = start(handler(`Promise.reject(new RangeError("lost")); return "fine";`));
    const error = await failure(invoke(fn));
    expect(error).toMatchObject({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: "RangeError: lost",
    });
    expect(error.trace.join("\n")).toContain("index.mjs");
    expect(fn.environments()).toEqual([]);
  });

  test("of an idle environment fails nobody", async () => {
    const lines: string[] = [];
    const fn = start(handler(`setTimeout(() => { throw new Error("after hours") }, 50);`), {
      onLog: ({ line }) => lines.push(line),
    });
    expect(await invoke(fn)).toBeNull();
    while (fn.environments().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lines.join("\n")).toContain("after hours");
  });

  test("by a full heap takes only its environment", async () => {
    const fn = start(
      handler("const all = []; for (;;) all.push(new Array(1_000_000).fill(all.length));"),
      { timeout: 60, reservedConcurrentExecutions: 1 },
    );
    expect(await failure(invoke(fn))).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(await invoke(fn, "well")).toBe(1);
  });
});

describe("a child process that a signal ends", () => {
  test.each([
    ["SIGKILL", "killed"],
    ["SIGSEGV", "segmentation fault"],
  ])("by %s says so as Lambda does", async (signal, text) => {
    const fn = inChild(handler(`process.kill(process.pid, "${signal}"); for (;;);`));
    expect(await failure(invoke(fn, {}, "request-1"))).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: request-1 Error: Runtime exited with error: signal: ${text}`,
    });
  });

  test("is not one that Ctrl-C in the terminal ends", async () => {
    const fn = inChild(handler(`process.kill(process.pid, "SIGINT"); return "still here";`));
    expect(await invoke(fn)).toBe("still here");
    expect(await invoke(fn, "well")).toBe(2);
  });
});

test("a Node.js that cannot be started is an invalid entry point", async () => {
  const fn = inChild(handler(""), { execPath: "/no/such/node" });
  const error = await failure(invoke(fn));
  expect(error.errorType).toBe("Runtime.InvalidEntrypoint");
  expect(error.errorMessage).toContain("/no/such/node");
});
