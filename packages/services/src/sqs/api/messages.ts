/** The actions on messages. */
import { invalidParameter, notHere } from "../error.ts";
import {
  type MessageAttributes,
  md5,
  md5OfAttributes,
  type NewMessage,
  type ReceivedMessage,
  type SentMessage,
} from "../message.ts";
import { systemAttributesOf } from "../queue.ts";
import { type Action, type Output, queueOf } from "./action.ts";
import {
  type Input,
  listOfTexts,
  messageAttributes,
  optionalInteger,
  optionalText,
  requiredInteger,
  requiredText,
} from "./input.ts";

export const sendMessage: Action = (input, call) =>
  sentOutput(queueOf(input, call).send(newMessage(input)));

export function newMessage(input: Input): NewMessage {
  return {
    body: requiredText(input, "MessageBody"),
    attributes: messageAttributes(input, "MessageAttributes"),
    systemAttributes: traceHeader(messageAttributes(input, "MessageSystemAttributes")),
    delaySeconds: optionalInteger(input, "DelaySeconds"),
    groupId: optionalText(input, "MessageGroupId"),
    deduplicationId: optionalText(input, "MessageDeduplicationId"),
  };
}

function traceHeader(attributes: MessageAttributes): MessageAttributes {
  const others = Object.keys(attributes).filter((name) => name !== "AWSTraceHeader");
  if (others.length === 0) return attributes;
  throw invalidParameter(
    `Message system attribute name '${others[0]}' is invalid. AWSTraceHeader is the only one.`,
  );
}

export const sentOutput = (sent: SentMessage): Output => ({
  MessageId: sent.messageId,
  MD5OfMessageBody: sent.md5OfBody,
  MD5OfMessageAttributes: sent.md5OfAttributes,
  MD5OfMessageSystemAttributes: sent.md5OfSystemAttributes,
  SequenceNumber: sent.sequenceNumber,
});

export const receiveMessage: Action = async (input, call) => {
  if (optionalText(input, "ReceiveRequestAttemptId") !== undefined) {
    throw notHere("ReceiveRequestAttemptId");
  }
  const received = await queueOf(input, call).receive({
    maxMessages: optionalInteger(input, "MaxNumberOfMessages"),
    visibilityTimeout: optionalInteger(input, "VisibilityTimeout"),
    waitTimeSeconds: optionalInteger(input, "WaitTimeSeconds"),
    signal: call.gone,
  });
  if (received.length === 0) return {};
  const system = [
    ...listOfTexts(input, "AttributeNames"),
    ...listOfTexts(input, "MessageSystemAttributeNames"),
  ];
  const names = listOfTexts(input, "MessageAttributeNames");
  return { Messages: received.map((message) => receivedOutput(message, system, names)) };
};

function receivedOutput(
  message: ReceivedMessage,
  system: readonly string[],
  names: readonly string[],
): Output {
  const ofSystem = Object.entries(systemAttributesOf(message)).filter(
    ([name]) => system.includes("All") || system.includes(name),
  );
  const attributes = chosen(message.attributes, names);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(ofSystem.length > 0 && { Attributes: Object.fromEntries(ofSystem) }),
    ...(Object.keys(attributes).length > 0 && {
      MessageAttributes: inBase64(attributes),
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
  };
}

/** Attributes are asked for by name, all at once (`All`, `.*`), or by what they begin with (`trace.*`). */
function chosen(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  const isAsked = (attribute: string) =>
    names.some(
      (name) =>
        name === "All" ||
        name === attribute ||
        (name.endsWith(".*") && attribute.startsWith(name.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isAsked(name)));
}

function inBase64(attributes: MessageAttributes): Output {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { BinaryValue, ...rest }]) => [
      name,
      BinaryValue ? { ...rest, BinaryValue: Buffer.from(BinaryValue).toString("base64") } : rest,
    ]),
  );
}

export const deleteMessage: Action = (input, call) => {
  queueOf(input, call).delete(requiredText(input, "ReceiptHandle"));
  return undefined;
};

export const changeMessageVisibility: Action = (input, call) => {
  const timeout = requiredInteger(input, "VisibilityTimeout");
  queueOf(input, call).changeVisibility(requiredText(input, "ReceiptHandle"), timeout);
  return undefined;
};
