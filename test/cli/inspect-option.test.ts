import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { Readable } from "node:stream";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { devSettings } from "../../packages/cli/src/dev/settings.ts";
import { invokeCommand } from "../../packages/cli/src/invoke/command.ts";
import { invokeSettings } from "../../packages/cli/src/invoke/settings.ts";
import { freePort } from "../../packages/services/src/http/free-port.ts";
import { attach } from "../local/lambda/hosts/debugger.ts";
import { fn, project, stream, template } from "../local/run/templates.ts";
import { ofType, runDev } from "./dev-machine.ts";

const source = (answer: string) => `
interface Asked { readonly id: number }

export const handler = async ({ id }: Asked) => {
  debugger; // line 5
  return { id, answer: "${answer}" };
};
`;

const waits = (line: any) => line.type === "note" && /waits for a debugger/.test(line.text);
const portIn = (text: string) => Number(/127\.0\.0\.1:(\d+)/.exec(text)![1]);

/** The line of the source at which it stands. */
async function standsAt(client: Awaited<ReturnType<typeof attach>>) {
  await client.send("Runtime.runIfWaitingForDebugger");
  const { url, sourceMapURL } = await client.next("Debugger.scriptParsed", ({ url }) =>
    url.endsWith("/orders.mjs"),
  );
  const { callFrames } = await client.next("Debugger.paused");
  const { lineNumber, columnNumber } = callFrames[0].location;
  const map = new SourceMap(JSON.parse(readFileSync(new URL(sourceMapURL, url), "utf8")));
  const { originalSource, originalLine } = map.findEntry(lineNumber, columnNumber) as {
    originalSource: string;
    originalLine: number;
  };
  return { file: new URL(originalSource, url).pathname, line: originalLine + 1 };
}

test("dev --inspect stops in the TypeScript, and a save's new environment is at the same port", async () => {
  const at = project({ "orders.ts": source("old") });
  const model = template(at.root, {
    streams: [stream("orders")],
    functions: [fn("orders", at.at("orders.ts"), { timeout: 1 })],
  });
  const port = await freePort();
  const dev = runDev(at.root, model, `--inspect=${port}`);
  const { endpoints } = await dev.next(ofType("ready"));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const lambda = new LambdaClient({ endpoint: endpoints.lambda, region: "us-east-1", credentials });
  const invoke = async () => {
    const command = new InvokeCommand({ FunctionName: "orders", Payload: '{"id":1}' });
    const { Payload } = await lambda.send(command);
    return JSON.parse(Payload!.transformToString());
  };

  for (const answer of ["old", "new"]) {
    if (answer === "new") {
      at.write("orders.ts", source("new"));
      await dev.next((line) => line.type === "built" && line.saved.length > 0);
    }
    const answered = invoke();
    expect(portIn((await dev.next(waits)).text)).toBe(port);
    const client = await attach(port);
    expect(await standsAt(client)).toEqual({ file: at.at("orders.ts"), line: 5 });
    await client.send("Debugger.resume");
    expect(await answered).toEqual({ id: 1, answer });
  }
  lambda.destroy();
});

test("invoke --inspect says at once where it waits", async () => {
  const at = project({ "orders.ts": source("one") });
  const port = await freePort();
  const model = template(at.root, { functions: [fn("orders", at.at("orders.ts"))] });
  const waiting = Promise.withResolvers<number>();
  let out = "";
  const ended = invokeCommand(["orders", "--event", "-", `--inspect=${port}`, "--json"], {
    out: { write: (text) => (out += text) },
    err: { write: (text) => waiting.resolve(portIn(text)) },
    signal: new AbortController().signal,
    ...{ cwd: at.root, env: {}, input: Readable.from(['{"id":7}']) },
    readTemplate: async () => model,
  });
  const client = await attach(await waiting.promise);
  await client.send("Runtime.runIfWaitingForDebugger");
  await client.next("Debugger.paused");
  await client.send("Debugger.resume");
  expect(await ended).toBe(0);
  expect(JSON.parse(out).response).toEqual({ id: 7, answer: "one" });
});

test("the option takes a port, one function's port, or nothing", () => {
  const inspect = (...args: string[]) => devSettings(args).inspect;
  expect(inspect()).toBeUndefined();
  expect(inspect("--inspect")).toEqual({ port: 9229 });
  expect(inspect("--inspect=9300")).toEqual({ port: 9300 });
  expect(inspect("--inspect=orders:9300")).toEqual({ port: 9300, functionName: "orders" });
  const invoked = invokeSettings(["orders", "--event", "e.json", "--inspect"]);
  expect(invoked).toMatchObject({ functionName: "orders", inspect: { port: 9229 } });
  for (const wrong of ["orders", "0", "70000", "orders:"]) {
    expect(() => inspect(`--inspect=${wrong}`)).toThrow(
      `--inspect takes a port, or FUNCTION:PORT, not ${wrong}.`,
    );
  }
});
