/**
 * Lambda's Invoke, for the functions of this machine: clients outside, and functions that invoke another.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import { randomUUID } from "node:crypto";
import { maximumPayload } from "../../../../src/record/lambda-event.ts";
import { type Answer, respondWith } from "../../../services/src/http/answer.ts";
import { parseJson } from "../../../services/src/http/json.ts";
import { type Listening, listenHttp } from "../../../services/src/http/listen.ts";
import { type Request, requestReader } from "../../../services/src/http/request.ts";
import { FunctionError } from "../lambda/hosts/index.ts";
import type { Template, TemplateFunction } from "../template/types.ts";

export interface LambdaApiOptions {
  readonly template: Pick<Template, "functions" | "region" | "accountId">;
  readonly invoke: (fn: TemplateFunction, event: unknown, requestId: string) => Promise<unknown>;
  /** What the function wrote in an invocation that has ended, as one text: asked for once. */
  readonly logOf: (requestId: string) => string;
  /** A request that nobody waits for has failed. */
  readonly onLost: (fn: TemplateFunction, error: unknown) => void;
  readonly host: string;
  readonly port: number;
}

const path = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/;

/** Rejects when the port cannot be had. */
export function serveLambda(options: LambdaApiOptions): Promise<Listening> {
  const { host, port } = options;
  const read = requestReader([host], {});
  const respond = respondWith(read, (request) => answer(request, options), { service: "lambda" });
  return listenHttp({ service: "Lambda", host, port, respond });
}

async function answer(request: Request, options: LambdaApiOptions): Promise<Answer> {
  const requestId = randomUUID();
  try {
    return await invocation(request, options, requestId);
  } catch (error) {
    const refusal = asRefusal(error);
    return {
      status: refusal.status,
      headers: {
        ...json,
        "x-amzn-requestid": requestId,
        "x-amzn-errortype": refusal.code,
      },
      body: JSON.stringify({ Type: "User", message: refusal.message, Message: refusal.message }),
    };
  }
}

const json = { "Content-Type": "application/json" };

async function invocation(
  { path: url, headers, body }: Request,
  { template, invoke, logOf, onLost }: LambdaApiOptions,
  requestId: string,
): Promise<Answer> {
  const [, asked] = path.exec(url) ?? [];
  if (asked === undefined) {
    throw new Refusal(404, "UnknownOperationException", "Of Lambda's API, Invoke alone runs here.");
  }
  if (!headers.authorization) {
    throw new Refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const fn = functionOf(decodeURIComponent(asked), template);
  const event = eventIn(body);
  const type = headers["x-amz-invocation-type"] ?? "RequestResponse";
  const common = { "x-amzn-requestid": requestId };
  if (type === "DryRun") return { status: 204, headers: common, body: "" };
  if (type === "Event") {
    invoke(fn, event, requestId)
      .catch((error) => onLost(fn, error))
      .finally(() => logOf(requestId));
    return { status: 202, headers: common, body: "" };
  }
  const outcome = await invoke(fn, event, requestId).then(
    (response) => ({ response, error: undefined }),
    (error) => ({ response: errorPayload(error), error }),
  );
  const log = logOf(requestId);
  return {
    status: 200,
    headers: {
      ...json,
      ...common,
      "x-amz-executed-version": "$LATEST",
      ...(outcome.error && { "x-amz-function-error": "Unhandled" }),
      ...(headers["x-amz-log-type"] === "Tail" && { "x-amz-log-result": tail(log) }),
    },
    body: JSON.stringify(outcome.response ?? null),
  };
}

/** A name, or an ARN, whole or in part; with a qualifier or without. */
function functionOf(
  asked: string,
  { functions, region, accountId }: LambdaApiOptions["template"],
): TemplateFunction {
  const name = /^(?:(?:arn:[^:]+:lambda:[^:]+:)?(?:\d{12}:)?function:)?([\w-]+)(?::[\w$-]+)?$/.exec(
    asked,
  )?.[1];
  const found = functions.find((fn) => fn.name === name);
  if (found) return found;
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${name ?? asked}`;
  throw new Refusal(404, "ResourceNotFoundException", `Function not found: ${arn}`);
}

function eventIn(body: Buffer): unknown {
  if (body.length > maximumPayload) {
    const message = `${body.length} byte payload is too large for the RequestResponse invocation type (limit ${maximumPayload} bytes)`;
    throw new Refusal(413, "RequestTooLargeException", message);
  }
  if (body.length === 0) return {};
  try {
    return parseJson(body, Number.POSITIVE_INFINITY);
  } catch (cause) {
    const message = `Could not parse request body into json: ${(cause as Error).message}`;
    throw new Refusal(400, "InvalidRequestContentException", message);
  }
}

/** What is thrown for a throttle is Lambda's own refusal, and no failure of the function. */
function errorPayload(error: unknown): unknown {
  if (!(error instanceof FunctionError)) throw error;
  const { errorType, errorMessage, trace } = error;
  return { errorType, errorMessage, ...(trace.length > 0 && { trace }) };
}

/** The last 4 KB, as Lambda gives them. */
const tail = (log: string) => Buffer.from(log).subarray(-4096).toString("base64");

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { name, message } = error as Error;
  if (name === "TooManyRequestsException") return new Refusal(429, name, message);
  return new Refusal(500, "ServiceException", message);
}
