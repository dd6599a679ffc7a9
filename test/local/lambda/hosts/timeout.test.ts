import { describe, expect, test } from "vitest";
import type { EnvironmentEvent } from "../../../../packages/local/src/lambda/hosts/function.ts";
import { inProcessFunction } from "../../../../packages/local/src/lambda/hosts/in-process.ts";
import { virtualClock } from "../../../../src/time/virtual-clock.ts";
import { failure, invoke, killable } from "./fixtures.ts";

const spinning = `
  let n = 0;
  export const handler = (spin) => { n++; while (spin); return n; };`;

describe.each(killable)("the timeout in the %s host", (_, start) => {
  test("kills an endless loop, and the next event finds a cold start", async () => {
    const seen: EnvironmentEvent[] = [];
    const fn = start(spinning, { timeout: 0.5, onEnvironment: (event) => seen.push(event) });
    expect(await invoke(fn, false)).toBe(1);
    expect(await failure(invoke(fn, true, "request-1"))).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: request-1 Error: Task timed out after 0.50 seconds",
    });
    expect(fn.environments()).toEqual([]);
    expect(await invoke(fn, false)).toBe(1);
    expect(seen).toMatchObject([
      { type: "started" },
      { type: "stopped", reason: "timeout" },
      { type: "started" },
    ]);
  });

  test("ends a handler that never answers while something keeps it alive", async () => {
    const fn = start(
      `setInterval(() => {}, 1000); export const handler = () => new Promise(() => {});`,
      { timeout: 0.1 },
    );
    expect(await failure(invoke(fn))).toMatchObject({ errorType: "Sandbox.Timedout" });
  });

  test("does not count the load of the module, which has its own limit", async () => {
    const slow = `await new Promise((resolve) => setTimeout(resolve, 450)); ${spinning}`;
    expect(await invoke(start(slow, { timeout: 0.4 }), false)).toBe(1);
    const fn = start(`while (true); ${spinning}`, { timeout: 0.1, initTimeout: 0.2 });
    expect(await failure(invoke(fn, false))).toMatchObject({ errorType: "Sandbox.Timedout" });
  });
});

describe("the timeout in the in-process host", () => {
  test("is the given clock's, and a quarter of an hour takes no time", async () => {
    const clock = virtualClock();
    const fn = inProcessFunction({
      functionName: "fn",
      timeout: 900,
      clock,
      handler: async (_: unknown, context: { getRemainingTimeInMillis(): number }) => {
        const before = context.getRemainingTimeInMillis();
        await clock.sleep(899_999);
        return [before, context.getRemainingTimeInMillis()];
      },
    });
    const response = invoke(fn);
    await clock.advance(899_999);
    expect(await response).toEqual([900_000, 1]);
  });

  test("leaves the handler running, unheard, in an environment that counts as gone", async () => {
    const clock = virtualClock();
    const effects: string[] = [];
    const fn = inProcessFunction({
      functionName: "fn",
      clock,
      handler: async (name: string) => {
        await clock.sleep(name === "slow" ? 5_000 : 1_000);
        effects.push(name);
      },
    });
    const slow = failure(invoke(fn, "slow", "request-1"));
    await clock.advance(3_000);
    expect(await slow).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: request-1 Error: Task timed out after 3.00 seconds",
    });
    expect(fn.environments()).toEqual([]);
    const quick = invoke(fn, "quick");
    await clock.advance(1_000);
    await quick;
    await clock.advance(1_000);
    expect(effects).toEqual(["quick", "slow"]);
  });

  test("is no longer set once the handler has answered", async () => {
    const clock = virtualClock();
    const fn = inProcessFunction({ functionName: "fn", clock, handler: () => "done" });
    expect(await invoke(fn)).toBe("done");
    expect(await clock.step()).toBe(false);
    expect(fn.environments()).toHaveLength(1);
  });
});
