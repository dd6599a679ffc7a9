import { InvokeCommand, type InvokeCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import { expect, test, vi } from "vitest";
import {
  buildHandler,
  type MachineEvent,
  startMachine,
  startServices,
} from "../../../packages/local/src/run/index.ts";
import type { TemplateFunction } from "../../../packages/local/src/template/types.ts";
import { after } from "../../ending.ts";
import { fn, project, template } from "./templates.ts";

/** A machine with the function `orders`, and a client that knows nothing of it. */
async function client(handler: string, settings: Partial<TemplateFunction> = {}) {
  const at = project({ "orders.ts": handler });
  const model = template(at.root, { functions: [fn("orders", at.at("orders.ts"), settings)] });
  const { region, accountId } = model;
  const services = await startServices({ region, accountId });
  after(services.close);
  const events: MachineEvent[] = [];
  const machine = await startMachine({
    ...{ template: model, services },
    onEvent: (event) => events.push(event),
  });
  after(machine.close);
  const [only] = model.functions;
  machine.load(only!, await buildHandler(only!.source, at.at("out")));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const lambda = new LambdaClient({
    ...{ region, credentials, maxAttempts: 1 },
    endpoint: machine.endpoints.lambda!,
  });
  after(() => lambda.destroy());
  const invoke = async (event: unknown, more: Partial<InvokeCommandInput> = {}) => {
    const Payload = Buffer.from(typeof event === "string" ? event : JSON.stringify(event));
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: "orders", Payload, ...more }),
    );
    const text = Buffer.from(answer.Payload ?? []).toString();
    return { ...answer, response: text === "" ? undefined : JSON.parse(text) };
  };
  return { invoke, events };
}

const twice =
  "export const handler = async ({ n }: { n: number }) => { console.log(n); return n * 2; };";

test("a client invokes a function by its name or its ARN, whole or in part", async () => {
  const { invoke, events } = await client(twice);
  const arn = "arn:aws:lambda:us-east-1:123456789012:function:orders";
  for (const FunctionName of [
    "orders",
    "orders:$LATEST",
    arn,
    `${arn}:live`,
    "123456789012:function:orders",
  ]) {
    expect(await invoke({ n: 21 }, { FunctionName })).toMatchObject({
      ...{ StatusCode: 200, ExecutedVersion: "$LATEST", response: 42 },
    });
  }
  expect(events).toContainEqual(
    expect.objectContaining({
      type: "invocation",
      functionName: "orders",
      duration: expect.any(Number),
    }),
  );
});

test("what a function throws is its answer, marked as an error", async () => {
  const { invoke } = await client(
    'export const handler = async () => { throw new TypeError("no stock"); };',
  );
  expect(await invoke({})).toMatchObject({
    ...{ StatusCode: 200, FunctionError: "Unhandled" },
    response: { errorType: "TypeError", errorMessage: "no stock", trace: expect.any(Array) },
  });
});

test("the end of the log comes with the answer, where it is asked for", async () => {
  const { invoke } = await client(twice);
  const { LogResult } = await invoke({ n: 21 }, { LogType: "Tail" });
  expect(Buffer.from(LogResult!, "base64").toString()).toBe("21\n");
  expect((await invoke({ n: 21 })).LogResult).toBeUndefined();
});

test("an asynchronous invocation is answered before it runs, and its failure is told", async () => {
  const { invoke, events } = await client(
    'export const handler = async () => { throw new Error("no stock"); };',
  );
  expect(await invoke({}, { InvocationType: "Event" })).toMatchObject({ StatusCode: 202 });
  const note = await vi.waitUntil(() => events.find(({ type }) => type === "note"), {
    timeout: 30_000,
  });
  expect(note).toMatchObject({
    text: expect.stringContaining("orders was invoked asynchronously and failed: "),
  });
});

test("a dry run runs nothing", async () => {
  const { invoke, events } = await client(twice);
  expect(await invoke({ n: 1 }, { InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204 });
  expect(events).toEqual([]);
});

test.each([
  [
    {},
    { FunctionName: "order" },
    "ResourceNotFoundException",
    "Function not found: arn:aws:lambda:us-east-1:123456789012:function:order",
  ],
  ["{no", {}, "InvalidRequestContentException", "Could not parse request body into json: "],
  [{ text: "x".repeat(6 * 1024 * 1024) }, {}, "RequestTooLargeException", "limit 6291456 bytes"],
])("%# is refused as Lambda refuses it", async (event, more, name, message) => {
  const { invoke } = await client(twice);
  const error = await invoke(event, more).catch((error: Error) => error);
  expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
});

test("as many invocations as a function may have are let in", async () => {
  const { invoke } = await client(twice, { reservedConcurrentExecutions: 0 });
  await expect(invoke({ n: 1 })).rejects.toMatchObject({ name: "TooManyRequestsException" });
});
