import { createServer } from "node:net";
import { expect, test } from "vitest";
import { createInspector } from "../../../../packages/local/src/lambda/hosts/inspector.ts";
import { freePort } from "../../../../packages/services/src/http/free-port.ts";
import { after } from "../../../ending.ts";
import { attach } from "./debugger.ts";
import { inChild, invoke } from "./fixtures.ts";

const source = `
  export const handler = async (value, context) => {
    debugger;
    return { value, remaining: context.getRemainingTimeInMillis() };
  };`;

/** A function whose environments wait for a debugger, and the ports that they say. */
function debugged(firstPort: number, timeout = 0.2) {
  const ports: number[] = [];
  const waiting = new Set<() => void>();
  const inspector = createInspector({
    firstPort,
    onWaiting: (_, port) => {
      ports.push(port);
      for (const look of waiting) look();
    },
  });
  const told = (count: number) =>
    new Promise<number>((resolve) => {
      const look = () => ports.length >= count && resolve(ports[count - 1]!);
      waiting.add(look);
      look();
    });
  return { fn: inChild(source, { inspector, timeout, initTimeout: 0.2, untimed: true }), told };
}

test("an environment waits for a debugger, and no timeout ends what it stops at", async () => {
  const { fn, told } = debugged(await freePort());
  const answered = invoke(fn, 1);
  const client = await attach(await told(1));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await client.send("Runtime.runIfWaitingForDebugger");
  const { callFrames } = await client.next("Debugger.paused");
  expect(callFrames[0].functionName).toBe("handler");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await client.send("Debugger.resume");
  const { value, remaining } = (await answered) as { value: number; remaining: number };
  expect(value).toBe(1);
  expect(remaining).toBeGreaterThan(3_600_000);
});

test("each environment has a port of its own, which the one after it takes over", async () => {
  const first = await freePort();
  const { fn, told } = debugged(first);
  const both = [invoke(fn, 1), invoke(fn, 2)].map((one) => one.catch(() => "killed"));
  const [one, two] = [await told(1), await told(2)];
  expect(one).toBe(first);
  expect(two).toBeGreaterThan(one);
  // The next one is asked for while they end.
  const gone = fn.kill();
  const next = invoke(fn, 3);
  expect(await told(3)).toBe(one);
  await gone;
  expect(await Promise.all(both)).toEqual(["killed", "killed"]);
  const client = await attach(one);
  await client.send("Runtime.runIfWaitingForDebugger");
  await client.next("Debugger.paused");
  await client.send("Debugger.resume");
  expect(await next).toMatchObject({ value: 3 });
});

test("a port that something else has is passed over", async () => {
  const taken = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(taken, "127.0.0.1", resolve));
  after(() => server.close());
  const { fn, told } = debugged(taken);
  invoke(fn, 1).catch(() => {});
  expect(await told(1)).toBeGreaterThan(taken);
});
