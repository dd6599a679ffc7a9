/** The queues of one account in one region. */
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import { type Random, systemRandom } from "../../../../src/time/random.ts";
import {
  checkAttributes,
  defaultAttributes,
  invalidAttribute,
  type QueueAttributes,
} from "./attributes.ts";
import { invalidParameter, queueDoesNotExist, SqsError } from "./error.ts";
import { createQueue, type Queue } from "./queue.ts";
import { allowsSource, redrivePolicy } from "./redrive.ts";

/** What `createSqs` takes. */
export interface SqsOptions {
  /** Decides what is visible, delayed and too old. @default systemClock */
  readonly clock?: Clock;
  /** Makes message ids. @default systemRandom */
  readonly random?: Random;
  /** In ARNs. @default "us-east-1" */
  readonly region?: string;
  /** In ARNs and queue URLs. @default "123456789012" */
  readonly accountId?: string;
}

/** The local SQS: queues in memory. `createSqsServer` puts HTTP before it. */
export interface Sqs {
  readonly region: string;
  readonly accountId: string;
  readonly random: Random;
  /**
   * Makes a queue, or finds the one that is there with these attributes. They have AWS's names, and
   * strings for values: `{ VisibilityTimeout: "60" }`.
   */
  createQueue(name: string, attributes?: QueueAttributes, tags?: Tags): Queue;
  /** Throws QueueDoesNotExist. */
  queue(name: string): Queue;
  /** Undefined for a queue that is not here. */
  queueByArn(arn: string): Queue | undefined;
  /** In the order of their names. */
  queues(): Queue[];
  setAttributes(name: string, attributes: QueueAttributes): void;
  deleteQueue(name: string): void;
}

export type Tags = Readonly<Record<string, string>>;

const names = /^[\w-]{1,80}$/;
const fifoNames = /^[\w-]{1,75}\.fifo$/;

/**
 * SQS in this process, the same every time under a given clock and chance. Whatever AWS refuses is
 * refused with an `SqsError` of AWS's code. Messages are in memory.
 *
 * @example
 * const sqs = createSqs();
 * const queue = sqs.createQueue("orders", { VisibilityTimeout: "60" });
 * queue.send({ body: "hello" });
 * const [message] = await queue.receive();
 * queue.delete(message!.receiptHandle);
 */
export function createSqs({
  clock = systemClock,
  random = systemRandom,
  region = "us-east-1",
  accountId = "123456789012",
}: SqsOptions = {}): Sqs {
  const queues = new Map<string, Queue>();
  const arnOf = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`;
  const queueByArn = (arn: string) => {
    const queue = queues.get(arn.slice(arn.lastIndexOf(":") + 1));
    return queue?.arn === arn ? queue : undefined;
  };

  /** Throws for a dead-letter queue that cannot be one. */
  function checkPolicies(name: string, attributes: QueueAttributes): void {
    allowsSource(attributes);
    const policy = redrivePolicy(attributes);
    if (!policy) return;
    const target = queueByArn(policy.deadLetterTargetArn);
    if (!target) throw invalidAttribute("RedrivePolicy", "Dead letter target does not exist.");
    if (target.isFifo !== name.endsWith(".fifo")) {
      throw invalidAttribute(
        "RedrivePolicy",
        "Dead-letter queue must be same type of queue as the source.",
      );
    }
    if (!allowsSource(target.settings())(arnOf(name))) {
      throw invalidAttribute(
        "RedrivePolicy",
        `The RedriveAllowPolicy of ${target.arn} does not allow ${arnOf(name)}.`,
      );
    }
  }

  function find(name: string): Queue {
    const queue = queues.get(name);
    if (!queue) throw queueDoesNotExist();
    return queue;
  }

  return {
    region,
    accountId,
    random,
    queueByArn,
    queue: find,
    queues: () => [...queues.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    createQueue(name, attributes = {}, tags = {}) {
      const isFifo = attributes.FifoQueue?.toLowerCase() === "true";
      checkName(name, isFifo);
      const there = queues.get(name);
      if (there) return sameQueue(there, attributes);
      const settings = { ...defaultAttributes(isFifo), ...attributes };
      checkAttributes(settings, isFifo);
      checkPolicies(name, settings);
      const queue = createQueue({
        ...{ name, settings, clock, random },
        arn: arnOf(name),
        tags: new Map(Object.entries(tags)),
        deadLetterQueue: queueByArn,
      });
      queues.set(name, queue);
      return queue;
    },
    setAttributes(name, attributes) {
      const queue = find(name);
      if ("FifoQueue" in attributes && attributes.FifoQueue !== queue.settings().FifoQueue) {
        throw invalidAttribute("FifoQueue", "It cannot be changed.");
      }
      checkPolicies(name, { ...queue.settings(), ...attributes });
      queue.setAttributes(attributes);
    },
    deleteQueue(name) {
      find(name);
      queues.delete(name);
    },
  };
}

function checkName(name: string, isFifo: boolean): void {
  if (isFifo ? fifoNames.test(name) : names.test(name)) return;
  if (isFifo && !name.endsWith(".fifo")) {
    throw invalidParameter(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    );
  }
  throw invalidParameter(
    fifoNames.test(name)
      ? "The name of a queue that ends with .fifo needs the attribute FifoQueue, which is true."
      : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  );
}

/** Asking for what is there already is no error; asking for something else under its name is one. */
function sameQueue(queue: Queue, attributes: QueueAttributes): Queue {
  const settings = queue.settings();
  const other = Object.keys(attributes).find((name) => settings[name] !== attributes[name]);
  if (other === undefined) return queue;
  throw new SqsError(
    "QueueNameExists",
    `A queue already exists with the same name and a different value for attribute ${other}`,
  );
}
