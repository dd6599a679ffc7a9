import { describe, expect, test } from "vitest";
import type { EnvironmentEvent } from "../../../../packages/local/src/lambda/hosts/function.ts";
import { seededRandom } from "../../../../src/time/random.ts";
import { failure, hosts, invoke, killable } from "./fixtures.ts";

const counting = `let n = 0; export const handler = () => ++n;`;
const waiting = `
  let n = 0;
  export const handler = ({ ms = 0 }) => new Promise((resolve) => setTimeout(resolve, ms, ++n));`;

describe.each(hosts)("environments of the %s host", (_, start) => {
  test("serve one event at a time, and start when all others are busy", async () => {
    const fn = await start(waiting, { timeout: 60 });
    const three = [invoke(fn), invoke(fn), invoke(fn)];
    expect(fn.environments().map(({ requestId }) => requestId !== undefined)).toEqual([
      true,
      true,
      true,
    ]);
    await Promise.all(three);
    expect(fn.environments().map(({ requestId }) => requestId)).toEqual(Array(3).fill(undefined));
    await Promise.all([invoke(fn), invoke(fn)]);
    expect(fn.environments()).toHaveLength(3);
  });

  test("are refused beyond the concurrency limit, before anything runs", async () => {
    const fn = await start(waiting, { reservedConcurrentExecutions: 2, timeout: 60 });
    const two = [invoke(fn), invoke(fn)];
    await expect(invoke(fn)).rejects.toMatchObject({
      name: "TooManyRequestsException",
      reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    await Promise.all(two);
    await invoke(fn);
    expect(fn.environments()).toHaveLength(2);
  });

  test("never start when the limit is 0", async () => {
    const fn = await start(counting, { reservedConcurrentExecutions: 0 });
    await expect(invoke(fn)).rejects.toMatchObject({ name: "TooManyRequestsException" });
  });

  test("can be killed while they serve an event, and the next event has a new one", async () => {
    const seen: EnvironmentEvent[] = [];
    const fn = await start(waiting, { onEnvironment: (event) => seen.push(event), timeout: 60 });
    const cut = failure(invoke(fn, { ms: 10_000 }, "request-1"));
    const [first] = fn.environments();
    await fn.kill(first?.environmentId);
    expect(await cut).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: request-1 Error: Runtime exited with error: signal: killed",
    });
    expect(fn.environments()).toEqual([]);
    await invoke(fn);
    const [second] = fn.environments();
    expect(seen).toEqual([
      { type: "started", environmentId: first?.environmentId },
      { type: "stopped", environmentId: first?.environmentId, reason: "killed" },
      { type: "started", environmentId: second?.environmentId },
    ]);
  });

  test("can all be killed while idle, and nobody waits for the dead", async () => {
    const fn = await start(waiting);
    await Promise.all([invoke(fn), invoke(fn)]);
    const killed = fn.kill();
    await invoke(fn);
    await killed;
    expect(fn.environments()).toHaveLength(1);
    await fn.kill("no such environment");
    expect(fn.environments()).toHaveLength(1);
  });

  test("end with the function, which takes no more events", async () => {
    const reasons: unknown[] = [];
    const fn = await start(waiting, {
      onEnvironment: (event) => event.type === "stopped" && reasons.push(event.reason),
    });
    await invoke(fn);
    const cut = failure(invoke(fn, { ms: 2_000 }));
    await fn.close();
    expect(await cut).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(reasons).toEqual(["closed"]);
    expect(fn.environments()).toEqual([]);
    await expect(invoke(fn)).rejects.toThrow("Function fn is closed");
  });
});

describe.each(killable)("state in the %s host", (_, start) => {
  test("stays warm from event to event", async () => {
    const fn = start(counting);
    expect([await invoke(fn), await invoke(fn), await invoke(fn)]).toEqual([1, 2, 3]);
  });

  test("is each environment's own, and chance chooses the environment", async () => {
    const where = `
      const me = Math.random();
      export const handler = () => me;`;
    const fn = start(where, { random: seededRandom(3), timeout: 60 });
    const both = new Set(await Promise.all([invoke(fn), invoke(fn)]));
    expect(both.size).toBe(2);
    const served = new Set<unknown>();
    for (let i = 0; i < 20; i++) served.add(await invoke(fn));
    expect(served).toEqual(both);
  });
});
