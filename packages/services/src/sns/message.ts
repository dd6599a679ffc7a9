/** Messages: as they are published, and as a queue gets them. */
import type { MessageAttributes } from "../sqs/index.ts";
import { invalidParameter } from "./error.ts";

/** A message that is published, as Publish takes it. */
export interface NewNotification {
  readonly message: string;
  readonly subject?: string | undefined;
  /** `json`: the message has a text for each protocol, and one that is called `default`. */
  readonly structure?: string | undefined;
  readonly attributes?: MessageAttributes;
  /** Needed in a FIFO topic. */
  readonly groupId?: string | undefined;
  /** Needed in a FIFO topic without `ContentBasedDeduplication`. */
  readonly deduplicationId?: string | undefined;
}

/** What Publish answers. */
export interface Published {
  readonly messageId: string;
  /** Only in a FIFO topic. */
  readonly sequenceNumber: string | undefined;
}

const longest = 262_144;

/** Throws InvalidParameter for what AWS refuses. */
export function checkNotification({ message, subject, attributes = {} }: NewNotification): void {
  if (message === "") throw invalidParameter("Empty message");
  if (Buffer.byteLength(message) > longest) throw invalidParameter("Message too long");
  if (subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(subject)) {
    throw invalidParameter("Subject");
  }
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    const value = DataType === "Binary" ? BinaryValue : StringValue;
    if (DataType === "" || value === undefined || value.length === 0) {
      throw invalidParameter(
        `MessageAttributes Reason: The message attribute '${name}' must have a type and a value of that type.`,
      );
    }
  }
}

/** The text for queues. */
export function textForQueue({ message, structure }: NewNotification): string {
  if (structure === undefined) return message;
  if (structure !== "json") throw invalidParameter("MessageStructure");
  let texts: unknown;
  try {
    texts = JSON.parse(message);
  } catch {
    throw invalidParameter("Message Structure - JSON message body failed to parse");
  }
  if (typeof texts !== "object" || texts === null || !("default" in texts)) {
    throw invalidParameter("Message Structure - No default entry in JSON message body");
  }
  const text = "sqs" in texts ? texts.sqs : texts.default;
  if (typeof text === "string") return text;
  throw invalidParameter("Message Structure - The entry for sqs must be a string");
}

export interface Envelope extends Published {
  readonly topicArn: string;
  readonly subscriptionArn: string;
  readonly subject: string | undefined;
  readonly text: string;
  readonly attributes: MessageAttributes;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
}

/** Nothing is signed here; a consumer that checks signatures sees that this is none. */
const signature = Buffer.from("not signed on this machine").toString("base64");
const nowhere = "http://sns.localhost";

/** https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html */
export function envelopeOf(given: Envelope): string {
  const attributes = Object.entries(given.attributes);
  const unsubscribe = new URLSearchParams({
    Action: "Unsubscribe",
    SubscriptionArn: given.subscriptionArn,
  });
  return JSON.stringify({
    Type: "Notification",
    MessageId: given.messageId,
    SequenceNumber: given.sequenceNumber,
    TopicArn: given.topicArn,
    Subject: given.subject,
    Message: given.text,
    Timestamp: new Date(given.publishedAt).toISOString(),
    SignatureVersion: "1",
    Signature: signature,
    SigningCertURL: `${nowhere}/SimpleNotificationService.pem`,
    UnsubscribeURL: `${nowhere}/?${unsubscribe}`,
    ...(attributes.length > 0 && {
      MessageAttributes: Object.fromEntries(
        attributes.map(([name, { DataType: Type, StringValue, BinaryValue }]) => [
          name,
          { Type, Value: StringValue ?? Buffer.from(BinaryValue ?? []).toString("base64") },
        ]),
      ),
    }),
  });
}
