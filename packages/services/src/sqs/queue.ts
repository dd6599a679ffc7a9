/** One queue: what is sent to it, received from it, and hidden in between. */
import type { Clock } from "../../../../src/time/clock.ts";
import { type Random, randomUuid } from "../../../../src/time/random.ts";
import { checkAttributes as checkSettings, type QueueAttributes } from "./attributes.ts";
import { backlog } from "./backlog.ts";
import { contentId, deduplication } from "./deduplication.ts";
import { invalidParameter, invalidValue, missingParameter, SqsError } from "./error.ts";
import {
  checkAttributes,
  hasForbiddenCharacters,
  type Message,
  md5,
  md5OfAttributes,
  type NewMessage,
  type ReceivedMessage,
  type SentMessage,
  sizeOf,
} from "./message.ts";
import { receiptHandle, receiptOf } from "./receipt.ts";
import { redrivePolicy } from "./redrive.ts";

/** What ReceiveMessage takes. */
export interface ReceiveOptions {
  /** From 1 to 10. @default 1 */
  readonly maxMessages?: number | undefined;
  /** In seconds, from 0 to 43,200. @default the queue's `VisibilityTimeout` */
  readonly visibilityTimeout?: number | undefined;
  /** How long to wait for a message, in seconds, from 0 to 20. @default the queue's `ReceiveMessageWaitTimeSeconds` */
  readonly waitTimeSeconds?: number | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** A queue of the local SQS. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly isFifo: boolean;
  readonly tags: Map<string, string>;
  /** Those that can be set, and those that count: `ApproximateNumberOfMessages`… */
  attributes(): QueueAttributes;
  /** Those that were set, and the defaults of the others. */
  settings(): QueueAttributes;
  setAttributes(attributes: QueueAttributes): void;
  send(message: NewMessage): SentMessage;
  /** As many messages as there are and are wanted, as soon as there is one. */
  receive(options?: ReceiveOptions): Promise<ReceivedMessage[]>;
  delete(receiptHandle: string): void;
  changeVisibility(receiptHandle: string, seconds: number): void;
  purge(): void;
  /** Takes a message of a source queue in, as its dead-letter queue. */
  takeDead(message: Message, sourceArn: string): void;
}

export interface QueueOptions {
  readonly name: string;
  readonly arn: string;
  readonly settings: QueueAttributes;
  readonly tags: Map<string, string>;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadLetterQueue: (arn: string) => Queue | undefined;
}

const longestVisibility = 43_200;
const senderId = "AIDAIT2UOQQY3AUEKVGXU";

export function createQueue({
  name,
  arn,
  settings: given,
  tags,
  clock,
  random,
  deadLetterQueue,
}: QueueOptions): Queue {
  const isFifo = name.endsWith(".fifo");
  const createdAt = clock.now();
  let settings = given;
  let modifiedAt = createdAt;
  let order = 0;
  /** Before this moment no message is too old. */
  let nextExpiry = Number.POSITIVE_INFINITY;
  const messages = backlog();
  const known = deduplication<SentMessage>();
  const waiting = new Set<() => void>();

  const seconds = (attribute: string) => Number(settings[attribute]) * 1000;
  const wake = () => {
    for (const look of [...waiting]) look();
  };

  function settle(): number {
    const now = clock.now();
    messages.settle(now);
    if (now >= nextExpiry) expire(now);
    return now;
  }

  function expire(now: number): void {
    const retention = seconds("MessageRetentionPeriod");
    nextExpiry = Number.POSITIVE_INFINITY;
    for (const message of [...messages.byId.values()]) {
      const expiry = message.sentAt + retention;
      if (expiry <= now) messages.remove(message);
      else nextExpiry = Math.min(nextExpiry, expiry);
    }
  }

  function keep(message: Message, now: number): void {
    messages.add(message, now);
    nextExpiry = Math.min(nextExpiry, message.sentAt + seconds("MessageRetentionPeriod"));
    wake();
  }

  function check(message: NewMessage): void {
    const { body, attributes = {}, delaySeconds } = message;
    if (body === "") throw missingParameter("MessageBody");
    if (hasForbiddenCharacters(body)) {
      throw new SqsError(
        "InvalidMessageContents",
        "The message has characters that are not allowed.",
      );
    }
    checkAttributes(attributes);
    const most = Number(settings.MaximumMessageSize);
    if (sizeOf(message) > most) {
      throw invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
      );
    }
    checkRange("DelaySeconds", delaySeconds, 0, 900);
    if (isFifo) checkFifo(message);
    else if (message.deduplicationId !== undefined) {
      throw invalidValue(
        message.deduplicationId,
        "MessageDeduplicationId",
        "The request includes a parameter that is not valid for this queue type.",
      );
    }
    checkId("MessageGroupId", message.groupId);
    checkId("MessageDeduplicationId", message.deduplicationId);
  }

  function checkFifo({ groupId, deduplicationId, delaySeconds }: NewMessage): void {
    if (groupId === undefined) throw missingParameter("MessageGroupId");
    if (delaySeconds !== undefined && delaySeconds > 0) {
      throw invalidValue(
        delaySeconds,
        "DelaySeconds",
        "The request include parameter that is not valid for this queue type.",
      );
    }
    if (deduplicationId === undefined && settings.ContentBasedDeduplication !== "true") {
      throw invalidParameter(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
      );
    }
  }

  function dedupKey({ groupId }: NewMessage, id: string): string {
    return settings.DeduplicationScope === "messageGroup" ? `${groupId}\n${id}` : id;
  }

  /** What can be received now; messages that were received too often leave for the dead-letter queue. */
  function take(most: number, visibilityTimeout: number): ReceivedMessage[] {
    const now = settle();
    const policy = redrivePolicy(settings);
    const graveyard = policy && deadLetterQueue(policy.deadLetterTargetArn);
    const taken: Message[] = [];
    const dead: Message[] = [];
    for (const message of messages.visible) {
      if (taken.length === most) break;
      if (isFifo && messages.isGroupHeld(message.groupId!)) continue;
      const tooOften = policy && graveyard && message.receiveCount >= policy.maxReceiveCount;
      (tooOften ? dead : taken).push(message);
    }
    for (const message of dead) {
      messages.remove(message);
      graveyard?.takeDead(message, arn);
    }
    return taken.map((message) => {
      message.receiveCount++;
      message.firstReceivedAt ??= now;
      message.lastReceivedAt = now;
      messages.hideUntil(message, now + visibilityTimeout, now);
      return { ...message, receiptHandle: receiptHandle(name, message) };
    });
  }

  /** Looks again whenever a message is sent or becomes visible, until time is up. */
  function takeWithin(
    ms: number,
    look: () => ReceivedMessage[],
    signal: AbortSignal | undefined,
  ): Promise<ReceivedMessage[]> {
    const until = clock.now() + ms;
    return new Promise((resolve) => {
      let cancel = () => {};
      const end = (received: ReceivedMessage[]) => {
        cancel();
        waiting.delete(again);
        signal?.removeEventListener("abort", giveUp);
        resolve(received);
      };
      const giveUp = () => end([]);
      const again = () => {
        const received = look();
        const left = until - clock.now();
        if (received.length > 0 || left <= 0) return end(received);
        cancel();
        const next = messages.hidden[0]?.visibleAt ?? until;
        cancel = clock.after(Math.min(left, next - clock.now()), again);
      };
      waiting.add(again);
      signal?.addEventListener("abort", giveUp, { once: true });
      again();
    });
  }

  /** The message that a receipt handle stands for, if it is still there. */
  function find(handle: string): {
    readonly message: Message | undefined;
    readonly isLast: boolean;
  } {
    const { messageId, receiveCount } = receiptOf(name, handle);
    settle();
    const message = messages.byId.get(messageId);
    return { message, isLast: message?.receiveCount === receiveCount };
  }

  return {
    name,
    arn,
    isFifo,
    tags,
    settings: () => settings,
    attributes() {
      settle();
      const delayed = messages.hidden.filter(({ receiveCount }) => receiveCount === 0).length;
      return {
        QueueArn: arn,
        ApproximateNumberOfMessages: `${messages.visible.length}`,
        ApproximateNumberOfMessagesNotVisible: `${messages.hidden.length - delayed}`,
        ApproximateNumberOfMessagesDelayed: `${delayed}`,
        CreatedTimestamp: `${Math.floor(createdAt / 1000)}`,
        LastModifiedTimestamp: `${Math.floor(modifiedAt / 1000)}`,
        // A policy that is set to nothing is removed.
        ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== "")),
      };
    },
    setAttributes(attributes) {
      checkSettings({ ...settings, ...attributes }, isFifo);
      settings = { ...settings, ...attributes };
      modifiedAt = clock.now();
      nextExpiry = 0;
    },
    send(message) {
      check(message);
      const now = settle();
      const { deduplicationId = isFifo ? contentId(message.body) : undefined } = message;
      const key = deduplicationId === undefined ? undefined : dedupKey(message, deduplicationId);
      const before = key === undefined ? undefined : known.sent(key, now);
      const { body, attributes = {}, systemAttributes = {}, groupId, delaySeconds } = message;
      // Of this request, also where it is a repeat: it is what clients compare.
      const digests = {
        md5OfBody: md5(body),
        md5OfAttributes: md5OfAttributes(attributes),
        md5OfSystemAttributes: md5OfAttributes(systemAttributes),
      };
      if (before) return { ...before, ...digests };
      order++;
      const delay = delaySeconds === undefined ? seconds("DelaySeconds") : delaySeconds * 1000;
      const sent: SentMessage = {
        messageId: randomUuid(random),
        ...digests,
        sequenceNumber: isFifo ? fifoSequenceNumber(order) : undefined,
      };
      if (key !== undefined) known.remember(key, sent, now);
      keep(
        {
          ...sent,
          ...{ body, attributes, systemAttributes, groupId, deduplicationId },
          ...{ order, sentAt: now, visibleAt: now + delay, sourceArn: undefined },
          ...{ receiveCount: 0, firstReceivedAt: undefined, lastReceivedAt: 0 },
        },
        now,
      );
      return sent;
    },
    async receive({ maxMessages = 1, visibilityTimeout, waitTimeSeconds, signal } = {}) {
      checkRange("MaxNumberOfMessages", maxMessages, 1, 10);
      checkRange("VisibilityTimeout", visibilityTimeout, 0, longestVisibility);
      checkRange("WaitTimeSeconds", waitTimeSeconds, 0, 20);
      const hideFor =
        visibilityTimeout === undefined ? seconds("VisibilityTimeout") : visibilityTimeout * 1000;
      const waitFor =
        waitTimeSeconds === undefined
          ? seconds("ReceiveMessageWaitTimeSeconds")
          : waitTimeSeconds * 1000;
      if (signal?.aborted) return [];
      return takeWithin(waitFor, () => take(maxMessages, hideFor), signal);
    },
    delete(handle) {
      const { message, isLast } = find(handle);
      if (!message) return;
      const isLate = message.visibleAt <= clock.now();
      if (isFifo && (isLate || !isLast)) {
        throw invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");
      }
      if (!isLast) return;
      messages.remove(message);
      wake();
    },
    changeVisibility(handle, timeout) {
      checkRange("VisibilityTimeout", timeout, 0, longestVisibility);
      const { message, isLast } = find(handle);
      const now = clock.now();
      if (!message || !isLast || message.visibleAt <= now) {
        throw invalidValue(
          handle,
          "ReceiptHandle",
          "Message does not exist or is not available for visibility timeout change.",
        );
      }
      const visibleAt = now + timeout * 1000;
      if (visibleAt - message.lastReceivedAt > longestVisibility * 1000) {
        throw invalidValue(
          timeout,
          "VisibilityTimeout",
          `Total VisibilityTimeout for the message is beyond the limit [${longestVisibility} seconds].`,
        );
      }
      messages.hideUntil(message, visibleAt, now);
      wake();
    },
    purge() {
      messages.clear();
    },
    takeDead(message, sourceArn) {
      const now = settle();
      order++;
      keep({ ...message, sourceArn, order, visibleAt: now }, now);
    },
  };
}

/** What `MessageSystemAttributeNames` can ask for. */
export function systemAttributesOf(message: Message): Readonly<Record<string, string>> {
  const known: Record<string, string | undefined> = {
    SenderId: senderId,
    SentTimestamp: `${message.sentAt}`,
    ApproximateReceiveCount: `${message.receiveCount}`,
    ApproximateFirstReceiveTimestamp: `${message.firstReceivedAt}`,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: message.sequenceNumber,
    AWSTraceHeader: message.systemAttributes.AWSTraceHeader?.StringValue,
    DeadLetterQueueSourceArn: message.sourceArn,
  };
  return Object.fromEntries(
    Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Twenty digits, as AWS has them. */
const fifoSequenceNumber = (order: number) =>
  `${18_850_000_000_000_000_000n + BigInt(order) * 256n}`;

function checkRange(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalidValue(value, name, `Must be between ${least} and ${most}, if provided.`);
}

function checkId(name: string, id: string | undefined): void {
  if (id === undefined || /^[\x21-\x7e]{1,128}$/.test(id)) return;
  throw invalidValue(
    id,
    name,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}
