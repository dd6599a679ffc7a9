import { beforeAll, describe, expect, test } from "vitest";
import type { LambdaFunction } from "../../../../packages/local/src/lambda/hosts/function.ts";
import { failure, hosts, invoke } from "./fixtures.ts";

const source = `
const loop = {};
loop.self = loop;
const boom = () => { throw new TypeError("boom") };
const handlers = {
  echo: async ({ event }) => ({ got: event }),
  plain: ({ n }) => n + 1,
  nothing: () => {},
  value: ({ value }) => value,
  json: () => ({ at: new Date(0), gone: undefined }),
  unserializable: ({ i }) => [1n, () => {}, loop][i],
  throws: boom,
  rejects: async () => boom(),
  throwsValue: async ({ i }) => { throw ["words", 42, null, undefined, { a: 1 }, Symbol("s")][i] },
  throwsRiddle: () => {
    throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } });
  },
  context: (_, context) => ({ ...context, left: context.getRemainingTimeInMillis() }),
  length: ({ data }) => data.length,
  long: ({ n }) => "x".repeat(n),
};
export const handler = (event, context) => handlers[event.run](event, context);`;

describe.each(hosts)("a function in the %s host", (_, start) => {
  let fn: LambdaFunction;
  beforeAll(async () => {
    fn = await start(source, {
      functionName: "departures",
      timeout: 60,
      memorySize: 512,
      version: "7",
      qualifier: "live",
      region: "eu-central-1",
      accountId: "123456789012",
    });
  });

  test("gets the event and gives back what it returned", async () => {
    const event = { Records: [1, { data: "ü" }] };
    expect(await invoke(fn, { run: "echo", event })).toEqual({ got: event });
  });

  test("may answer without a promise", async () => {
    expect(await invoke(fn, { run: "plain", n: 1 })).toBe(2);
  });

  test("gives back nothing as null, and empty values as they are", async () => {
    expect(await invoke(fn, { run: "nothing" })).toBeNull();
    for (const value of [null, "", [], {}, 0, false]) {
      expect(await invoke(fn, { run: "value", value })).toEqual(value);
    }
  });

  test("gives back what JSON makes of it", async () => {
    expect(await invoke(fn, { run: "json" })).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  test("fails when it returns what JSON cannot hold", async () => {
    for (const i of [0, 1, 2]) {
      expect(await failure(invoke(fn, { run: "unserializable", i }))).toMatchObject({
        errorType: "Runtime.JSONStringifyError",
        errorMessage: "Unable to stringify response body",
      });
    }
  });

  test.each(["throws", "rejects"])("fails with its own error when it %s", async (run) => {
    const error = await failure(invoke(fn, { run }, "request-1"));
    expect(error).toMatchObject({
      name: "FunctionError",
      functionError: "Unhandled",
      functionName: "departures",
      requestId: "request-1",
      errorType: "TypeError",
      errorMessage: "boom",
    });
    expect(error.trace[0]).toBe("TypeError: boom");
    expect(error.trace[1]).toContain("index.mjs:4:");
  });

  test("fails when it throws what is no error", async () => {
    const expected = [
      ["string", "words"],
      ["number", "42"],
      ["object", "null"],
      ["undefined", "undefined"],
      ["object", "[object Object]"],
      ["symbol", "Symbol(s)"],
    ];
    for (const [i, [errorType, errorMessage]] of expected.entries()) {
      const error = await failure(invoke(fn, { run: "throwsValue", i }));
      expect(error).toMatchObject({ errorType, errorMessage, trace: [] });
    }
  });

  test("fails when what it throws cannot even be read", async () => {
    const error = await failure(invoke(fn, { run: "throwsRiddle" }));
    expect(error).toMatchObject({ errorType: "handled" });
  });

  test("has the whole context", async () => {
    const response = await invoke(fn, { run: "context" }, "request-1");
    const { left, ...context } = response as Record<string, unknown>;
    const arn = "arn:aws:lambda:eu-central-1:123456789012:function:departures:live";
    const [environment] = fn.environments();
    expect(context).toEqual({
      callbackWaitsForEmptyEventLoop: true,
      awsRequestId: "request-1",
      functionName: "departures",
      functionVersion: "7",
      invokedFunctionArn: arn,
      memoryLimitInMB: "512",
      logGroupName: "/aws/lambda/departures",
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[7\][0-9a-f]{32}$/),
    });
    expect(context.logStreamName).toContain(environment?.environmentId);
    expect(fn.functionArn).toBe(arn);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  test("takes an event of 5 MB", async () => {
    const data = "ü".repeat(2_500_000);
    expect(await invoke(fn, { run: "length", data })).toBe(2_500_000);
  });

  test("gives back 6,291,556 bytes, and not one more", async () => {
    expect(await invoke(fn, { run: "long", n: 6_291_554 })).toHaveLength(6_291_554);
    expect(await failure(invoke(fn, { run: "long", n: 6_291_555 }))).toMatchObject({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  });

  test("stayed warm in one environment through all of this", async () => {
    await invoke(fn, { run: "nothing" });
    expect(fn.environments()).toHaveLength(1);
  });
});
