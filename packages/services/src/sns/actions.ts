/** What SNS can be asked for, as forms. */
import { type Form, listOf, textOf } from "../http/form.ts";
import type { XmlMembers } from "../http/xml.ts";
import type { MessageAttribute, MessageAttributes } from "../sqs/index.ts";
import { invalidParameter, notFound, notHere, SnsError } from "./error.ts";
import type { NewNotification } from "./message.ts";
import type { Sns } from "./sns.ts";
import type { Subscription } from "./subscription.ts";

/** Undefined: the action has no result. */
type Result = XmlMembers | undefined;
type Action = (form: Form, sns: Sns) => Result;

/** Throws InvalidAction, by name, for an action that is not here. */
export function perform(action: string, form: Form, sns: Sns): Result {
  const found = actions.get(action);
  if (!found) throw notHere(action === "" ? "a request without an action" : `the action ${action}`);
  return found(form, sns);
}

const actions = new Map<string, Action>(
  Object.entries({
    CreateTopic(form, sns) {
      const attributes = pairs(form.Attributes, "key", "value");
      const tags = pairs(form.Tags, "Key", "Value");
      return { TopicArn: sns.createTopic(required(form, "Name"), attributes, tags).arn };
    },
    DeleteTopic(form, sns) {
      sns.deleteTopic(required(form, "TopicArn"));
      return undefined;
    },
    ListTopics(form, sns) {
      const { page, NextToken } = pageOf(sns.topics(), form);
      return { Topics: members(page.map(({ arn }) => ({ TopicArn: arn }))), NextToken };
    },
    GetTopicAttributes(form, sns) {
      const { arn, attributes } = sns.topic(required(form, "TopicArn"));
      return {
        Attributes: entries({
          TopicArn: arn,
          Owner: sns.accountId,
          SubscriptionsConfirmed: `${sns.subscriptions(arn).length}`,
          SubscriptionsPending: "0",
          SubscriptionsDeleted: "0",
          ...attributes,
        }),
      };
    },
    SetTopicAttributes(form, sns) {
      const value = textOf(form, "AttributeValue") ?? "";
      sns.setTopicAttribute(required(form, "TopicArn"), required(form, "AttributeName"), value);
      return undefined;
    },
    Subscribe(form, sns) {
      const { arn } = sns.subscribe(
        required(form, "TopicArn"),
        required(form, "Protocol"),
        textOf(form, "Endpoint") ?? "",
        pairs(form.Attributes, "key", "value"),
      );
      return { SubscriptionArn: arn };
    },
    Unsubscribe(form, sns) {
      sns.unsubscribe(required(form, "SubscriptionArn"));
      return undefined;
    },
    ListSubscriptions: (form, sns) => listed(sns.subscriptions(), form, sns),
    ListSubscriptionsByTopic(form, sns) {
      const { arn } = sns.topic(required(form, "TopicArn"));
      return listed(sns.subscriptions(arn), form, sns);
    },
    GetSubscriptionAttributes(form, sns) {
      const subscription = sns.subscription(required(form, "SubscriptionArn"));
      return {
        Attributes: entries({
          SubscriptionArn: subscription.arn,
          TopicArn: subscription.topicArn,
          Protocol: subscription.protocol,
          Endpoint: subscription.endpoint,
          Owner: sns.accountId,
          ConfirmationWasAuthenticated: "true",
          PendingConfirmation: "false",
          RawMessageDelivery: "false",
          ...subscription.attributes,
        }),
      };
    },
    SetSubscriptionAttributes(form, sns) {
      const arn = required(form, "SubscriptionArn");
      const value = textOf(form, "AttributeValue") ?? "";
      sns.setSubscriptionAttribute(arn, required(form, "AttributeName"), value);
      return undefined;
    },
    ListTagsForResource(form, sns) {
      const tags = [...sns.topic(required(form, "ResourceArn")).tags];
      return { Tags: members(tags.map(([Key, Value]) => ({ Key, Value }))) };
    },
    TagResource(form, sns) {
      const { tags } = sns.topic(required(form, "ResourceArn"));
      for (const [key, value] of Object.entries(pairs(form.Tags, "Key", "Value"))) {
        tags.set(key, value);
      }
      return {};
    },
    UntagResource(form, sns) {
      const { tags } = sns.topic(required(form, "ResourceArn"));
      for (const key of listOf(form.TagKeys)) tags.delete(String(key));
      return {};
    },
    Publish(form, sns) {
      const { messageId, sequenceNumber } = sns.publish(topicOf(form), notificationOf(form));
      return { MessageId: messageId, SequenceNumber: sequenceNumber };
    },
    PublishBatch(form, sns) {
      const arn = sns.topic(required(form, "TopicArn")).arn;
      return batch(form, (entry) => sns.publish(arn, notificationOf(entry)));
    },
  } satisfies Record<string, Action>),
);

function topicOf(form: Form): string {
  const arn = textOf(form, "TopicArn") ?? textOf(form, "TargetArn");
  if (arn !== undefined) return arn;
  if (form.PhoneNumber !== undefined) throw notHere("messages to phones (PhoneNumber)");
  throw invalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
}

const notificationOf = (form: Form): NewNotification => ({
  message: textOf(form, "Message") ?? "",
  subject: textOf(form, "Subject"),
  structure: textOf(form, "MessageStructure"),
  attributes: attributesOf(form),
  groupId: textOf(form, "MessageGroupId"),
  deduplicationId: textOf(form, "MessageDeduplicationId"),
});

function attributesOf(form: Form): MessageAttributes {
  const given = listOf(form.MessageAttributes).filter((entry) => typeof entry === "object");
  return Object.fromEntries(
    given.map((entry) => [textOf(entry, "Name") ?? "", attributeOf(entry.Value)]),
  );
}

function attributeOf(value: string | Form | undefined): MessageAttribute {
  if (typeof value !== "object") return { DataType: "" };
  const text = textOf(value, "StringValue");
  const binary = textOf(value, "BinaryValue");
  return {
    DataType: textOf(value, "DataType") ?? "",
    ...(text !== undefined && { StringValue: text }),
    ...(binary !== undefined && { BinaryValue: Buffer.from(binary, "base64") }),
  };
}

const longestBatch = 262_144;

/** Each entry succeeds or fails by itself. */
function batch(
  form: Form,
  publish: (entry: Form) => { messageId: string; sequenceNumber: string | undefined },
): Result {
  const given = listOf(form.PublishBatchRequestEntries).filter((one) => typeof one === "object");
  checkBatch(given);
  const done: XmlMembers[] = [];
  const failed: XmlMembers[] = [];
  for (const entry of given) {
    const Id = textOf(entry, "Id");
    try {
      const { messageId, sequenceNumber } = publish(entry);
      done.push({ Id, MessageId: messageId, SequenceNumber: sequenceNumber });
    } catch (error) {
      if (!(error instanceof SnsError)) throw error;
      failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful: members(done), Failed: members(failed) };
}

function checkBatch(entries: readonly Form[]): void {
  if (entries.length === 0) {
    throw new SnsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
  }
  if (entries.length > 10) {
    throw new SnsError(
      "TooManyEntriesInBatchRequest",
      `The batch request contains more entries than permissible: ${entries.length} of 10.`,
    );
  }
  const ids = entries.map((entry) => textOf(entry, "Id") ?? "");
  const wrong = ids.find((id) => !/^[\w-]{1,80}$/.test(id));
  if (wrong !== undefined) {
    throw new SnsError("InvalidBatchEntryId", `The Id of a batch entry is invalid: ${wrong}`);
  }
  if (new Set(ids).size < ids.length) {
    throw new SnsError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.");
  }
  const size = entries.reduce(
    (sum, entry) => sum + Buffer.byteLength(textOf(entry, "Message") ?? ""),
    0,
  );
  if (size > longestBatch) {
    throw new SnsError(
      "BatchRequestTooLong",
      `The length of all the batch messages put together is ${size} bytes, more than ${longestBatch}.`,
    );
  }
}

function listed(subscriptions: readonly Subscription[], form: Form, sns: Sns): Result {
  const { page, NextToken } = pageOf(subscriptions, form);
  return {
    Subscriptions: members(
      page.map(({ arn, topicArn, protocol, endpoint }) => ({
        SubscriptionArn: arn,
        Owner: sns.accountId,
        Protocol: protocol,
        Endpoint: endpoint,
        TopicArn: topicArn,
      })),
    ),
    NextToken,
  };
}

const pageSize = 100;

/** A page begins after the ARN that the token names. */
function pageOf<T extends { readonly arn: string }>(all: readonly T[], form: Form) {
  const token = textOf(form, "NextToken");
  const after = token === undefined ? -1 : all.findIndex(({ arn }) => arn === fromToken(token));
  if (token !== undefined && after < 0) throw invalidParameter("NextToken");
  const rest = all.slice(after + 1);
  const page = rest.slice(0, pageSize);
  const isCut = page.length < rest.length;
  return { page, NextToken: isCut ? toToken(page.at(-1)!.arn) : undefined };
}

const toToken = (arn: string) => Buffer.from(arn).toString("base64");
const fromToken = (token: string) => Buffer.from(token, "base64").toString();

function required(form: Form, name: string): string {
  const value = textOf(form, name);
  if (value !== undefined && value !== "") return value;
  throw name.endsWith("SubscriptionArn")
    ? notFound("Subscription")
    : invalidParameter(`${name} Reason: no value for required parameter`);
}

function pairs(
  form: string | Form | undefined,
  key: string,
  value: string,
): Record<string, string> {
  const given = listOf(form).filter((entry) => typeof entry === "object");
  return Object.fromEntries(
    given.map((entry) => [textOf(entry, key) ?? "", textOf(entry, value) ?? ""]),
  );
}

const members = (list: readonly XmlMembers[]): XmlMembers => ({ member: list });

const entries = (map: Readonly<Record<string, string>>): XmlMembers => ({
  entry: Object.entries(map).map(([key, value]) => ({ key, value })),
});
