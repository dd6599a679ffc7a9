/** The actions on queues. */
import { unknownAttribute } from "../attributes.ts";
import { invalidValue, notHere, SqsError } from "../error.ts";
import { redrivePolicy } from "../redrive.ts";
import { type Action, queueOf, urlOf } from "./action.ts";
import {
  type Input,
  listOfTexts,
  mapOfTexts,
  optionalInteger,
  optionalText,
  requiredText,
} from "./input.ts";

export const createQueue: Action = (input, call) => {
  const attributes = mapOfTexts(input, "Attributes");
  const tags = mapOfTexts(input, "tags");
  const queue = call.sqs.createQueue(requiredText(input, "QueueName"), attributes, tags);
  return { QueueUrl: urlOf(queue, call) };
};

export const getQueueUrl: Action = (input, call) => {
  const name = requiredText(input, "QueueName");
  const owner = optionalText(input, "QueueOwnerAWSAccountId");
  if (owner !== undefined && owner !== call.sqs.accountId) {
    throw notHere(`queues of the account ${owner}: its account is ${call.sqs.accountId}`);
  }
  return { QueueUrl: urlOf(call.sqs.queue(name), call) };
};

export const listQueues: Action = (input, call) => {
  const prefix = optionalText(input, "QueueNamePrefix") ?? "";
  const found = call.sqs.queues().filter(({ name }) => name.startsWith(prefix));
  const urls = found.map((queue) => urlOf(queue, call));
  const { page, NextToken } = pageOf(urls, input);
  return { ...(page.length > 0 && { QueueUrls: page }), ...(NextToken && { NextToken }) };
};

export const deleteQueue: Action = (input, call) => {
  call.sqs.deleteQueue(queueOf(input, call).name);
  return undefined;
};

export const purgeQueue: Action = (input, call) => {
  queueOf(input, call).purge();
  return undefined;
};

export const getQueueAttributes: Action = (input, call) => {
  const all = queueOf(input, call).attributes();
  const wanted = listOfTexts(input, "AttributeNames");
  if (wanted.includes("All")) return { Attributes: all };
  const unknown = wanted.find((name) => !attributeNames.has(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  const found = wanted.filter((name) => name in all);
  if (found.length === 0) return {};
  return { Attributes: Object.fromEntries(found.map((name) => [name, all[name]])) };
};

export const setQueueAttributes: Action = (input, call) => {
  call.sqs.setAttributes(queueOf(input, call).name, mapOfTexts(input, "Attributes"));
  return undefined;
};

export const listDeadLetterSourceQueues: Action = (input, call) => {
  const { arn } = queueOf(input, call);
  const sources = call.sqs
    .queues()
    .filter((queue) => redrivePolicy(queue.settings())?.deadLetterTargetArn === arn);
  const urls = sources.map((queue) => urlOf(queue, call));
  const { page, NextToken } = pageOf(urls, input);
  return { queueUrls: page, ...(NextToken && { NextToken }) };
};

export const tagQueue: Action = (input, call) => {
  const { tags } = queueOf(input, call);
  for (const [key, value] of Object.entries(mapOfTexts(input, "Tags"))) tags.set(key, value);
  return undefined;
};

export const untagQueue: Action = (input, call) => {
  const { tags } = queueOf(input, call);
  for (const key of listOfTexts(input, "TagKeys")) tags.delete(key);
  return undefined;
};

export const listQueueTags: Action = (input, call) => {
  const { tags } = queueOf(input, call);
  return tags.size > 0 ? { Tags: Object.fromEntries(tags) } : {};
};

/** A page begins after the URL that the token names. Without `MaxResults` there is one page of 1000. */
function pageOf(urls: readonly string[], input: Input) {
  const most = optionalInteger(input, "MaxResults");
  if (most !== undefined && (most < 1 || most > 1000)) {
    throw invalidValue(most, "MaxResults", "Must be between 1 and 1000.");
  }
  const token = optionalText(input, "NextToken");
  const after = token === undefined ? "" : Buffer.from(token, "base64").toString();
  if (token !== undefined && !URL.canParse(after)) {
    throw new SqsError("InvalidParameterValueException", "Invalid or expired next token.");
  }
  const rest = urls.filter((url) => url > after);
  const page = rest.slice(0, most ?? 1000);
  const isCut = most !== undefined && page.length < rest.length;
  return {
    page,
    NextToken: isCut ? Buffer.from(page.at(-1)!).toString("base64") : undefined,
  };
}

/** What can be asked for; a queue need not have all of them. */
const attributeNames = new Set([
  ...["QueueArn", "CreatedTimestamp", "LastModifiedTimestamp"],
  ...["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
  ...["ApproximateNumberOfMessagesDelayed", "DelaySeconds", "MaximumMessageSize"],
  ...["MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout"],
  ...["Policy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"],
  ...["RedrivePolicy", "RedriveAllowPolicy", "FifoQueue", "ContentBasedDeduplication"],
  ...["DeduplicationScope", "FifoThroughputLimit"],
]);
