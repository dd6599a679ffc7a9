import type { IncomingMessage, ServerResponse } from "node:http";
import { crc32 } from "node:zlib";
import type { Clock } from "../../../../src/time/clock.ts";
import { refuse } from "../../../services/src/http/answer.ts";
import { checkCaller, HttpRefusal } from "../../../services/src/http/caller.ts";
import { parseJson } from "../../../services/src/http/json.ts";
import {
  type Request,
  type RequestLimits,
  requestReader,
} from "../../../services/src/http/request.ts";
import { type Answered, answeredExchange, seeing } from "../../../services/src/http/seen.ts";
import { askForCost, costBook, costOf, hideCost } from "./costs.ts";
import { type Answer, type Engine, refusal, refusedAs } from "./engine.ts";
import type {
  DynamoDbOptions,
  DynamoDbRequest,
  InjectedError,
  Input,
  Interference,
} from "./types.ts";

/** What meets the requests on their way to the engine. */
export interface ServerOptions
  extends Pick<DynamoDbOptions, "intercept" | "onRequest" | "see" | keyof RequestLimits> {
  readonly clock: Clock;
  /** Names that requests may have in `Host`. */
  readonly hosts: readonly string[];
}

/** DynamoDB's JSON protocol over HTTP, in front of an engine: what answers a request. */
export function dynamoDbServer(engine: Engine, options: ServerOptions) {
  const { intercept, onRequest, see, clock, hosts, ...limits } = options;
  const read = requestReader(hosts, limits);
  const book = costBook();

  /** The answer to a request, or undefined if its reply is to be lost. */
  async function answer({ operation, input, accessKeyId }: Asked): Promise<Answer | undefined> {
    const wrong: Interference = intercept?.({ operation, input, accessKeyId }) ?? {};
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
    try {
      if (request.method === "GET") {
        checkCaller(request.headers, hosts);
        response.end("healthy: dynamodb.us-east-1.amazonaws.com ");
        return;
      }
      const { body, headers, ...rest } = await read(request);
      const seen = seeing(see, "dynamodb", headers);
      const asked = parse({ body, headers, ...rest });
      const answered = "status" in asked ? asked : await answer(asked);
      if (seen && answered) {
        const input = "input" in asked ? asked.input : {};
        const exchange = { headers, input, output: answered.body, status: answered.status };
        const of = answeredExchange({ ...exchange, bytes: body.length });
        seen({ ...of, ...(isOfProgress(of, body) && { isProgress: true }) });
      }
      if (answered) send(response, answered);
      else response.destroy();
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      refuse(request, response, error);
    }
  }

  return { respond, costs: book.costs };
}

type Asked = Required<DynamoDbRequest>;

/** The partition keys of progress logs, of what is parked, and of ids of a stream. */
const keys = /#[a-z]{2}[a-z-]+-\d:\d{12}:|#parked"|"sk":\{"S":"id(?: by its SHA-256)?"/;

/** Whether it is about those alone: a transaction has an effect beside. */
const isOfProgress = ({ operation }: Answered, body: Buffer): boolean =>
  operation !== "TransactWriteItems" && keys.test(body.toString("latin1"));

/** 25 items of 400 KB, most of whose attributes are of some length. */
const mostValues = 1_000_000;

function parse({ headers, body }: Request): Answer | Asked {
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
    const input = parseJson(body, mostValues);
    const [, accessKeyId = ""] = /Credential=([^/,\s]*)/.exec(headers.authorization) ?? [];
    if (isInput(input)) return { operation, input, accessKeyId };
  } catch {
    // Answered below.
  }
  return refusal("SerializationException", "The request's body is not a JSON object");
}

/** No operation has as many members. */
const mostMembers = 100;

const isInput = (value: unknown): value is Input =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length <= mostMembers;

function injected({ name, message = "Injected by this local DynamoDB" }: InjectedError): Answer {
  return refusal(name, message);
}

function send(response: ServerResponse, { status, body }: Answer): void {
  // As a text it leaves in one piece with its headers.
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": Buffer.byteLength(text),
    "x-amzn-requestid": crypto.randomUUID(),
    "x-amz-crc32": crc32(text),
  });
  response.end(text);
}
