/**
 * The Lambda Runtime API for one execution environment: an HTTP server on loopback from which the
 * runtime fetches its events. See "Using the Lambda runtime API" in the AWS Lambda guide.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { checkProgram, HttpRefusal } from "../../../../services/src/http/caller.ts";
import { maximumResponseSize } from "./errors.ts";
import type { ErrorReport } from "./runtime/payload.ts";
import type { Invocation } from "./runtime/run.ts";
import type { RuntimeHost } from "./runtime-environment.ts";

export interface RuntimeApi {
  /** Host and port, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  close(): void;
}

export async function runtimeApi(host: RuntimeHost): Promise<RuntimeApi> {
  const server = createServer((request, response) => {
    answer(host, request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else if (error instanceof HttpRefusal)
        refuse(response, error.status, "Forbidden", error.message);
      else refuse(response, 400, "InvalidRequest", error.message);
    });
  });
  // A runtime may be silent for as long as a handler runs, and no longer than its process lives.
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.on("connection", (socket) => socket.unref());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Bytes of what is said of one batch: of more records than an event holds. */
const mostSettled = 256 * 1024 * 1024;

const prefix = "/2018-06-01/runtime/";

async function answer(host: RuntimeHost, request: IncomingMessage, response: ServerResponse) {
  // A page that got hold of this port could otherwise take an event away from its function.
  checkProgram(request.headers);
  const path = request.url ?? "";
  const route = path.startsWith(prefix) ? `${request.method} ${path.slice(prefix.length)}` : "";

  if (route === "GET invocation/next") return host.next((event) => hand(response, event));

  if (route === "POST init/error") {
    host.failInit(reportIn(await body(request), request));
    return accept(response);
  }

  const [, id = "", kind] =
    /^POST invocation\/([^/]+)\/(response|error|settled|calls)$/.exec(route) ?? [];
  if (!kind) return refuse(response, 404, "NotFound", `There is no ${request.method} ${path}.`);
  const requestId = decodeURIComponent(id);
  if (kind === "settled") {
    host.settled(requestId, await body(request, mostSettled));
    return accept(response);
  }
  if (kind === "calls") {
    host.calls(requestId, await body(request));
    return accept(response);
  }
  const text = await body(request);
  const known =
    kind === "response"
      ? host.respond(requestId, text)
      : host.fail(requestId, reportIn(text, request));
  if (!known) return refuse(response, 400, "InvalidRequestID", "Invalid request ID");
  if (kind === "response" && Buffer.byteLength(text) > maximumResponseSize) {
    const message = `Exceeded maximum allowed payload size (${maximumResponseSize} bytes).`;
    return refuse(response, 413, "RequestEntityTooLarge", message);
  }
  accept(response);
}

function hand(response: ServerResponse, invocation: Invocation) {
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
    "Lambda-Runtime-Deadline-Ms": String(invocation.deadlineMs),
    "Lambda-Runtime-Invoked-Function-Arn": invocation.invokedFunctionArn,
    "Lambda-Runtime-Trace-Id": invocation.traceId,
    ...(invocation.failing > 0 && { "Shardmill-Failing": String(invocation.failing) }),
  });
  response.end(invocation.event);
}

function accept(response: ServerResponse) {
  response.writeHead(202, { "Content-Type": "application/json" }).end('{"status":"OK"}');
}

function refuse(response: ServerResponse, status: number, errorType: string, message: string) {
  const text = JSON.stringify({ errorMessage: message, errorType });
  response.writeHead(status, { "Content-Type": "application/json" }).end(text);
}

/** Of a body that is too large to be taken, no more is kept than shows that it is. */
async function body(request: IncomingMessage, most = maximumResponseSize): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (length <= most) chunks.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(chunks).toString();
}

/** The report of a runtime: its JSON, or whatever it says, under the type in its header. */
function reportIn(text: string, { headers }: IncomingMessage): ErrorReport {
  const header = headers["lambda-runtime-function-error-type"];
  const fallback = { errorType: String(header ?? "Runtime.Unknown"), errorMessage: text };
  try {
    const report = JSON.parse(text);
    return typeof report === "object" ? { ...fallback, ...report } : fallback;
  } catch {
    return fallback;
  }
}
