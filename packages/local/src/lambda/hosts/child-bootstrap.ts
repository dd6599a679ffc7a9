/**
 * The first module of a child process: a client of the Lambda Runtime API that serves one
 * function. Arguments: the handler's file and export, then what the host asks for: `settled`, `calls`. An entry of its own; needs only Node.
 */
import { Agent, type IncomingMessage, request } from "node:http";
import { Worker } from "node:worker_threads";
import { type RuntimeClient, runFunction } from "./runtime/run.ts";

const [host = "", port = ""] = (process.env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");
const [file = "", handler = "", ...asked] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Without the host there is nothing to do and nobody to tell. */
const hostIsGone = () => process.exit(1);

function call(method: "GET" | "POST", path: string, body?: string, errorType?: string) {
  return new Promise<{ response: IncomingMessage; text: string }>((resolve) => {
    const call = request(
      {
        agent,
        host,
        port,
        method,
        path: `/2018-06-01/runtime/${path}`,
        headers: {
          ...(body !== undefined && {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
          }),
          ...(errorType && {
            "lambda-runtime-function-error-type": errorType.replace(/[^\x20-\x7e]/g, "?"),
          }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve({ response, text: Buffer.concat(chunks).toString() }));
        response.on("error", hostIsGone);
      },
    );
    call.on("error", hostIsGone);
    call.end(body);
  });
}

const client: RuntimeClient = {
  async next() {
    const { response, text } = await call("GET", "invocation/next");
    const header = (name: string) => String(response.headers[`lambda-runtime-${name}`] ?? "");
    return {
      requestId: header("aws-request-id"),
      deadlineMs: Number(header("deadline-ms")),
      invokedFunctionArn: header("invoked-function-arn"),
      traceId: header("trace-id"),
      event: text,
      failing: Number(response.headers["shardmill-failing"] ?? 0),
    };
  },
  async respond(requestId, body) {
    await call("POST", `invocation/${encodeURIComponent(requestId)}/response`, body);
  },
  async fail(requestId, report) {
    const body = JSON.stringify(report);
    await call("POST", `invocation/${encodeURIComponent(requestId)}/error`, body, report.errorType);
  },
  async failInit(report) {
    await call("POST", "init/error", JSON.stringify(report), report.errorType);
  },
  ...(asked.includes("settled") && {
    async settled(requestId, records) {
      const body = JSON.stringify(records);
      await call("POST", `invocation/${encodeURIComponent(requestId)}/settled`, body);
    },
  }),
  ...(asked.includes("calls") && {
    async calls(requestId, calls) {
      const body = JSON.stringify(calls);
      await call("POST", `invocation/${encodeURIComponent(requestId)}/calls`, body);
    },
  }),
};

/**
 * Ends this process with its host, even in an endless loop: a thread of its own holds a
 * connection to the Runtime API, which the operating system closes when the host dies.
 */
function dieWithHost() {
  const watch = `
    const { host, port, pid } = require("node:worker_threads").workerData;
    const kill = () => process.kill(pid, "SIGKILL");
    require("node:net").connect(port, host).on("error", kill).on("close", kill).resume();`;
  const workerData = { host, port: Number(port), pid: process.pid };
  new Worker(watch, { eval: true, env: {}, execArgv: [], workerData }).unref();
}

dieWithHost();
// Ctrl-C reaches the whole process group; it is the host that decides when a function ends.
process.on("SIGINT", () => {});
void runFunction(client, file, handler);
