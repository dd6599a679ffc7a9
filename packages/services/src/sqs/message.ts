/** Messages: as they are sent, kept and received. */
import { createHash } from "node:crypto";
import { invalidParameter } from "./error.ts";

/** Under AWS's own names. Either value is set, as the data type says. */
export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, and perhaps a label: `Number.float`. */
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

/** Attributes of a message, by name. */
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message that is sent, as SendMessage takes it. */
export interface NewMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  /** `AWSTraceHeader` is the only one that there is. */
  readonly systemAttributes?: MessageAttributes;
  /** @default the queue's `DelaySeconds` */
  readonly delaySeconds?: number | undefined;
  /** Needed in a FIFO queue. */
  readonly groupId?: string | undefined;
  /** Needed in a FIFO queue without `ContentBasedDeduplication`. */
  readonly deduplicationId?: string | undefined;
}

/** What SendMessage answers. */
export interface SentMessage {
  readonly messageId: string;
  readonly md5OfBody: string;
  readonly md5OfAttributes: string | undefined;
  readonly md5OfSystemAttributes: string | undefined;
  /** Only in a FIFO queue. */
  readonly sequenceNumber: string | undefined;
}

/** A message in a queue. */
export interface Message extends SentMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly systemAttributes: MessageAttributes;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  /** Epoch milliseconds. A message that moves to a dead-letter queue keeps it. */
  readonly sentAt: number;
  /** Grows with each message of the queue. */
  readonly order: number;
  /** The queue that it came from, if this is its dead-letter queue. */
  readonly sourceArn: string | undefined;
  receiveCount: number;
  /** Epoch milliseconds. */
  firstReceivedAt: number | undefined;
  /** Epoch milliseconds. */
  lastReceivedAt: number;
  /** Until when it is delayed or in flight. Epoch milliseconds. */
  visibleAt: number;
}

/** A message that was received: in flight until it is deleted or its visibility timeout has passed. */
export interface ReceivedMessage extends Message {
  readonly receiptHandle: string;
}

/** What AWS allows in a body: the characters of XML 1.0. */
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export const hasForbiddenCharacters = (text: string) => forbidden.test(text);

export const md5 = (text: string) => createHash("md5").update(text).digest("hex");

/**
 * The digest that SDKs compare; undefined without attributes.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.from([BinaryValue ? 2 : 1]));
    add(BinaryValue ?? Buffer.from(StringValue ?? ""));
  }
  return hash.digest("hex");
}

/** In bytes, as limits count: the body, and of each attribute its name, its type and its value. */
export function sizeOf({ body, attributes = {} }: NewMessage): number {
  const ofAttributes = Object.entries(attributes).map(
    ([name, { DataType, StringValue = "", BinaryValue }]) =>
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (BinaryValue?.length ?? Buffer.byteLength(StringValue)),
  );
  return ofAttributes.reduce((sum, size) => sum + size, Buffer.byteLength(body));
}

const attributeName = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i;

export function checkAttributes(attributes: MessageAttributes): void {
  const names = Object.keys(attributes);
  if (names.length > 10) {
    throw invalidParameter(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [10].`,
    );
  }
  for (const name of names) checkAttribute(name, attributes[name]!);
}

function checkAttribute(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute) {
  const wrong = (why: string) => invalidParameter(`The message attribute '${name}' ${why}`);
  if (!attributeName.test(name)) {
    throw wrong(
      "has an invalid name: 1 to 256 of A-Z, a-z, 0-9, _, - and ., with no period at its ends or after another, and not beginning with AWS. or Amazon.",
    );
  }
  const [type] = /^[^.]*/.exec(DataType)!;
  if (type !== "String" && type !== "Number" && type !== "Binary") {
    throw wrong(
      "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    );
  }
  const value = type === "Binary" ? BinaryValue : StringValue;
  if (value === undefined || value.length === 0) {
    throw wrong(
      `must contain a non-empty message attribute value for message attribute type '${type}'.`,
    );
  }
  if (type === "Number" && Number.isNaN(Number(StringValue))) {
    throw invalidParameter(`Could not cast message attribute '${name}' value to number.`);
  }
  if (typeof value === "string" && hasForbiddenCharacters(value)) {
    throw wrong("has a value with characters that are not allowed.");
  }
}
