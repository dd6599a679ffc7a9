import { SqsError } from "../error.ts";
import type { Queue } from "../queue.ts";
import type { Sqs } from "../sqs.ts";
import { type Input, requiredText } from "./input.ts";

/** What an action needs besides its input. */
export interface Call {
  readonly sqs: Sqs;
  /** What stands before the account in the URLs of queues, for this caller: "http://127.0.0.1:9324". */
  readonly base: string;
  /** Aborted when the caller has gone away. */
  readonly gone: AbortSignal;
}

/** What stands in an answer, under AWS's names. Undefined: the answer has no content. */
export type Output = Readonly<Record<string, unknown>> | undefined;

export type Action = (input: Input, call: Call) => Output | Promise<Output>;

export const urlOf = ({ name }: Queue, { sqs, base }: Call) => `${base}/${sqs.accountId}/${name}`;

/** The queue of a URL, whatever host it names: its path says which it is. */
export function queueOf(input: Input, { sqs }: Call): Queue {
  const url = requiredText(input, "QueueUrl");
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const [, account, name, ...more] = path.split("/");
  if (!account || !name || more.length > 0) {
    throw new SqsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`);
  }
  return sqs.queue(name);
}
