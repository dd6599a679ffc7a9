import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { crc32 } from "node:zlib";
import type { Clock } from "../../time/clock.ts";
import { askForCost, costBook, costOf, hideCost } from "./costs.ts";
import { type Answer, type Engine, type Input, refusal, refusedAs } from "./engine.ts";
import type { DynamoDbOptions, InjectedError, Interference } from "./types.ts";

type Hooks = Pick<DynamoDbOptions, "intercept" | "onRequest">;

/** DynamoDB's JSON protocol over HTTP, in front of an engine. */
export function dynamoDbServer(engine: Engine, clock: Clock, hooks: Hooks) {
  const { intercept, onRequest } = hooks;
  const book = costBook();

  /** The answer to a request, or undefined if its reply is to be lost. */
  async function answer(operation: string, input: Input): Promise<Answer | undefined> {
    const wrong: Interference = intercept?.({ operation, input }) ?? {};
    const { delayMs = 0, before, after } = wrong;
    if (delayMs > 0) await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    const answered = before ? injected(before) : await perform(operation, input);
    const consumed = costOf(operation, answered);
    const error = refusedAs(answered);
    book.enter(input, consumed);
    onRequest?.({ operation, input, consumed, ...(error !== undefined && { error }) });
    if (before || after === undefined) return hideCost(input, answered);
    return after === "dropReply" ? undefined : injected(after);
  }

  async function perform(operation: string, input: Input): Promise<Answer> {
    try {
      return await engine.call(operation, askForCost(operation, input) ?? input);
    } catch (error) {
      return refusal(
        "InternalServerError",
        `${operation} broke the ${engine.name} engine: ${error}`,
      );
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.method === "GET") {
      return void response.end("healthy: dynamodb.us-east-1.amazonaws.com ");
    }
    const asked = parse(request, body);
    const answered = "status" in asked ? asked : await answer(asked.operation, asked.input);
    response.shouldKeepAlive &&= server.listening;
    if (answered) send(response, answered);
    else request.socket.destroy();
  }

  const server = createServer((request, response) => {
    // A client that went away needs no answer.
    respond(request, response).catch(() => request.socket.destroy());
  });
  // An idle client must not find its connection closed just as it sends the next request.
  server.keepAliveTimeout = 3_600_000;
  return { server, costs: book.costs };
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", reject);
    request.on("end", () => resolve(Buffer.concat(chunks).toString()));
  });
}

function parse(
  { headers }: IncomingMessage,
  body: string,
): Answer | { readonly operation: string; readonly input: Input } {
  const [api, operation] = String(headers["x-amz-target"]).split(".");
  if (api !== "DynamoDB_20120810" || !operation) {
    return refusal("UnknownOperationException", "The header x-amz-target names no operation");
  }
  if (!headers.authorization) {
    return refusal(
      "MissingAuthenticationTokenException",
      "Request is missing Authentication Token",
    );
  }
  try {
    const input: unknown = JSON.parse(body);
    if (typeof input === "object" && input !== null) return { operation, input: input as Input };
  } catch {
    // Answered below.
  }
  return refusal("SerializationException", "The request's body is not a JSON object");
}

function injected({ name, message = "Injected by this local DynamoDB" }: InjectedError): Answer {
  return refusal(name, message);
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": text.length,
    "x-amzn-requestid": crypto.randomUUID(),
    "x-amz-crc32": crc32(text),
  });
  response.end(text);
}

export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as { port: number }).port);
    });
  });
}

/** Takes no more requests, answers those under way, and ends the connections. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
