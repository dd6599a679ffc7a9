/** SNS on a port, in the query protocol. */
import { randomUuid } from "../../../../src/time/random.ts";
import { type Answer, respondWith } from "../http/answer.ts";
import { formAnswer, formRefusal, readForm, textOf } from "../http/form.ts";
import { type Listening, listenHttp } from "../http/listen.ts";
import { type Request, type RequestLimits, requestReader } from "../http/request.ts";
import type { See } from "../http/seen.ts";
import { perform } from "./actions.ts";
import { SnsError } from "./error.ts";
import type { Sns } from "./sns.ts";

/** What `createSnsServer` takes. */
export interface SnsServerOptions extends RequestLimits {
  readonly sns: Sns;
  /** 0: any that is free. @default 0 */
  readonly port?: number;
  /** Where to listen. Anything but a loopback address opens it to others. @default "127.0.0.1" */
  readonly host?: string;
  /** Names that requests may have in `Host`, besides addresses and names without dots. @default [] */
  readonly hosts?: readonly string[];
  /** Hears of requests that functions have made. @default nobody */
  readonly see?: See | undefined;
}

const namespace = "http://sns.amazonaws.com/doc/2010-03-31/";

/**
 * Serves topics to clients that know nothing of this project. Rejects when the port cannot be had.
 *
 * @example
 * const server = await serveSns({ sns: createSns({ sqs }) });
 * const client = new SNSClient({ endpoint: server.endpoint, region: "us-east-1" });
 */
export function serveSns({
  sns,
  port = 0,
  host = "127.0.0.1",
  hosts = [],
  see,
  ...limits
}: SnsServerOptions): Promise<Listening> {
  const read = requestReader([...hosts, host], limits);

  async function answer({ headers, body }: Request): Promise<Answer> {
    const requestId = randomUuid(sns.random);
    const reply = (status: number, text: string): Answer => ({
      status,
      headers: { "Content-Type": "text/xml", "x-amzn-RequestId": requestId },
      body: text,
    });
    try {
      checkSigned(headers.authorization);
      const form = readForm(body.toString());
      if (!form)
        throw new SnsError(
          "MalformedQueryString",
          "Two parameters contradict each other, or there are too many.",
        );
      const action = textOf(form, "Action") ?? "";
      const result = perform(action, form, sns);
      return reply(200, formAnswer({ action, namespace, requestId, result }));
    } catch (error) {
      const { status, code, message } = asSnsError(error);
      const type = status === 500 ? "Receiver" : "Sender";
      return reply(status, formRefusal({ namespace, requestId }, { type, code, message }));
    }
  }

  return listenHttp({
    service: "SNS",
    host,
    port,
    respond: respondWith(read, answer, { service: "sns", see }),
  });
}

/** Signatures are asked for, as on AWS, but not checked: there are no keys to check them with. */
function checkSigned(authorization: string | undefined): void {
  if (authorization) return;
  const message = "Request is missing Authentication Token";
  throw new SnsError("MissingAuthenticationToken", message, 403);
}

const asSnsError = (error: unknown) =>
  error instanceof SnsError
    ? error
    : new SnsError("InternalError", `The SNS of this machine failed: ${error}`, 500);
