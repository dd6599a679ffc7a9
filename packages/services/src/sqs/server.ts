/** SQS on a port, in JSON 1.0 and in the query protocol. */
import { randomUuid } from "../../../../src/time/random.ts";
import { type Answer, respondWith } from "../http/answer.ts";
import { formAnswer, formRefusal, readForm, textOf } from "../http/form.ts";
import { parseJson } from "../http/json.ts";
import { type Listening, listenHttp } from "../http/listen.ts";
import { type Request, type RequestLimits, requestReader } from "../http/request.ts";
import type { See } from "../http/seen.ts";
import { type Call, type Input, perform } from "./api/index.ts";
import { SqsError } from "./error.ts";
import { inputOf, namespace, resultOf, withBatchEntries } from "./query.ts";
import { createSqs, type Sqs } from "./sqs.ts";

/** What `createSqsServer` takes. */
export interface SqsServerOptions extends RequestLimits {
  /** The queues. @default createSqs() */
  readonly sqs?: Sqs;
  /** 0: any that is free. @default 0 */
  readonly port?: number;
  /** Where to listen. Anything but a loopback address opens it to others. @default "127.0.0.1" */
  readonly host?: string;
  /** Names that requests may have in `Host`, besides addresses and names without dots. @default [] */
  readonly hosts?: readonly string[];
  /** Hears of requests that functions have made. @default nobody */
  readonly see?: See | undefined;
}

/**
 * Serves queues to clients that know nothing of this project. The URL of a queue is that of the host
 * that the client asked; a queue is found under any host in its URL. Rejects when the port cannot be had.
 *
 * @example
 * const sqs = createSqs();
 * const server = await serveSqs({ sqs });
 * const client = new SQSClient({ endpoint: server.endpoint, region: "us-east-1" });
 * await client.send(new CreateQueueCommand({ QueueName: "orders" }));
 */
export function serveSqs({
  sqs = createSqs(),
  port = 0,
  host = "127.0.0.1",
  hosts = [],
  see,
  ...limits
}: SqsServerOptions = {}): Promise<Listening> {
  const read = requestReader([...hosts, host], limits);

  async function answer(request: Request, gone: AbortSignal): Promise<Answer> {
    const call = { sqs, gone, base: `http://${request.headers.host}` };
    const requestId = randomUuid(sqs.random);
    const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    const answered = isForm
      ? await answerForm(request, call, requestId)
      : await answerJson(request, call);
    return { ...answered, headers: { ...answered.headers, "x-amzn-RequestId": requestId } };
  }

  return listenHttp({
    service: "SQS",
    host,
    port,
    respond: respondWith(read, answer, { service: "sqs", see }),
  });
}

const jsonType = "application/x-amz-json-1.0";
const target = "AmazonSQS.";

async function answerJson({ headers, body }: Request, call: Call): Promise<Answer> {
  const reply = (status: number, content: string, more = {}) => ({
    status,
    headers: { "Content-Type": jsonType, ...more },
    body: content,
  });
  try {
    const asked = String(headers["x-amz-target"] ?? "");
    checkSigned(headers.authorization);
    const action = asked.startsWith(target) ? asked.slice(target.length) : "";
    const output = await perform(action, parse(body), call);
    return reply(200, output === undefined ? "" : JSON.stringify(output));
  } catch (error) {
    const refused = asSqsError(error);
    const status = statusOf(refused);
    return reply(
      status,
      JSON.stringify({ __type: `com.amazonaws.sqs#${refused.code}`, message: refused.message }),
      { "x-amzn-query-error": `${refused.queryCode};${senderOr(status)}` },
    );
  }
}

function parse(body: Buffer): Input {
  try {
    const parsed: unknown = parseJson(body);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return { ...parsed };
  } catch {
    // Refused below.
  }
  throw new SqsError("SerializationException", "The body is not a JSON object.");
}

async function answerForm(request: Request, call: Call, requestId: string): Promise<Answer> {
  const reply = (status: number, body: string) => ({
    status,
    headers: { "Content-Type": "text/xml" },
    body,
  });
  try {
    checkSigned(request.headers.authorization);
    const form = readForm(request.body.toString());
    if (!form)
      throw new SqsError(
        "MalformedInput",
        "Two parameters contradict each other, or there are too many.",
      );
    const action = textOf(form, "Action") ?? "";
    // A request may also be sent to the URL of its queue.
    const output = await perform(action, { QueueUrl: request.path, ...inputOf(form) }, call);
    const result = withBatchEntries(action, resultOf(output));
    return reply(200, formAnswer({ action, namespace, requestId, result }));
  } catch (error) {
    const refused = asSqsError(error);
    const status = statusOf(refused);
    const { queryCode: code, message } = refused;
    const said = { type: senderOr(status), code, message };
    return reply(status, formRefusal({ namespace, requestId }, said));
  }
}

/** Signatures are asked for, as on AWS, but not checked: there are no keys to check them with. */
function checkSigned(authorization: string | undefined): void {
  if (authorization) return;
  throw new SqsError("MissingAuthenticationToken", "Request is missing Authentication Token");
}

const asSqsError = (error: unknown) =>
  error instanceof SqsError
    ? error
    : new SqsError("InternalFailure", `The SQS of this machine failed: ${error}`);

const statusOf = ({ code }: SqsError) =>
  code === "InternalFailure" ? 500 : code === "MissingAuthenticationToken" ? 403 : 400;
const senderOr = (status: number) => (status === 500 ? "Receiver" : "Sender");
