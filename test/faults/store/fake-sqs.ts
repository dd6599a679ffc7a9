/**
 * A standard queue in memory, for parked records: it takes the commands of `@aws-sdk/client-sqs`, delivers at
 * least once and in no order, and goes wrong as told.
 */
import { hash } from "node:crypto";
import type { Clock } from "../../../src/time/clock.ts";
import type { Random } from "../../../src/time/random.ts";
import { drawFate, type Faults } from "./faults.ts";
import { meet } from "./meet.ts";

export interface FakeSqsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: () => Faults;
  readonly onRequest?: (operation: string, wrong: string) => void;
}

export interface FakeSqs {
  send(command: never): Promise<unknown>;
  /** The bodies of the messages that nobody has deleted. */
  bodies(): string[];
}

interface Message {
  readonly id: string;
  readonly body: string;
  /** The handle of its newest delivery. */
  handle: string;
  /** Until when nobody else gets it. */
  hiddenUntil: number;
}

interface Input {
  readonly MessageBody: string;
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
  readonly ReceiptHandle: string;
}

/** Bytes of a message. */
const largestMessage = 1024 * 1024;
/** What a message may not hold. */
const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export function fakeSqs({ clock, random, faults, onRequest }: FakeSqsOptions): FakeSqs {
  const messages = new Map<string, Message>();
  let sent = 0;
  let deliveries = 0;

  const ofHandle = (handle: string) =>
    [...messages.values()].find((message) => message.handle === handle);

  const operations: Readonly<Record<string, (input: Input) => object>> = {
    SendMessage({ MessageBody }) {
      if (Buffer.byteLength(MessageBody) > largestMessage) {
        throw failure(
          "InvalidParameterValue",
          "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
        );
      }
      if (illegal.test(MessageBody))
        throw failure("InvalidMessageContents", "Invalid binary character");
      const id = `message-${++sent}`;
      messages.set(id, { id, body: MessageBody, handle: "", hiddenUntil: 0 });
      return { MessageId: id, MD5OfMessageBody: hash("md5", MessageBody) };
    },
    ReceiveMessage({ MaxNumberOfMessages = 1, VisibilityTimeout = 30 }) {
      const visible = [...messages.values()].filter(
        ({ hiddenUntil }) => hiddenUntil <= clock.now(),
      );
      const Messages = shuffled(visible, random)
        .slice(0, MaxNumberOfMessages)
        .map((message) => {
          message.handle = `${message.id} ${++deliveries}`;
          message.hiddenUntil = clock.now() + VisibilityTimeout * 1000;
          return { MessageId: message.id, Body: message.body, ReceiptHandle: message.handle };
        });
      return { Messages };
    },
    DeleteMessage({ ReceiptHandle }) {
      const message = ofHandle(ReceiptHandle);
      if (message) messages.delete(message.id);
      return {};
    },
    ChangeMessageVisibility({ ReceiptHandle, VisibilityTimeout = 0 }) {
      const message = ofHandle(ReceiptHandle);
      if (!message || message.hiddenUntil <= clock.now()) {
        throw failure("InvalidParameterValue", "The message is not in flight.");
      }
      message.hiddenUntil = clock.now() + VisibilityTimeout * 1000;
      return {};
    },
  };

  return {
    bodies: () => [...messages.values()].map(({ body }) => body),
    async send(command: { readonly input: Input; readonly constructor: { name: string } }) {
      const operation = command.constructor.name.replace(/Command$/, "");
      const perform = operations[operation];
      if (!perform) throw new Error(`The fake SQS has no operation ${operation}.`);
      const fate = drawFate(operation === "ReceiveMessage" ? "Get" : "Put", true, faults(), random);
      const wrong = fate.refusal ?? (fate.replyLost ? "the reply is lost" : undefined);
      if (wrong) onRequest?.(operation, wrong);
      return meet(clock, fate, () => perform(command.input), refuse);
    },
  };
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const left = [...all];
  for (let at = left.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [left[at], left[other]] = [left[other]!, left[at]!];
  }
  return left;
}

const refuse = (refusal: "throttled" | "broken" | "conflict"): Error =>
  refusal === "throttled"
    ? failure("RequestThrottled", "Rate exceeded")
    : failure("InternalError", "We encountered an internal error.");

const failure = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $metadata: {} });
