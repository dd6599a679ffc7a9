/** AWS::SQS::Queue, AWS::SNS::Topic and AWS::SNS::Subscription. */
import type { Stack, StackResource } from "../scope.ts";
import type { Properties, TemplateQueue, TemplateSubscription, TemplateTopic } from "../types.ts";
import { isTrue, type Reading, readResource } from "./reading.ts";

/** Properties that CreateQueue takes under the same name. */
const queueAttributes = [
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "DelaySeconds",
  "FifoQueue",
  "FifoThroughputLimit",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "ReceiveMessageWaitTimeSeconds",
  "RedriveAllowPolicy",
  "RedrivePolicy",
  "VisibilityTimeout",
];

export function readQueue(reading: Reading, resource: StackResource): TemplateQueue | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { properties } = common;
  const attributes = queueAttributes
    .filter((name) => properties[name] !== undefined)
    .map((name) => [name, attributeText(properties[name])]);
  return {
    ...common,
    url: queueUrl(reading.stack, common.name),
    isFifo: isTrue(properties.FifoQueue),
    attributes: Object.fromEntries(attributes),
  };
}

const queueUrl = ({ sqsEndpoint, accountId }: Stack, name: string) =>
  `${sqsEndpoint}/${accountId}/${name}`;

const attributeText = (value: unknown) =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

/** Subscriptions stand in the topic, or by themselves. */
export function readTopic(
  reading: Reading,
  resource: StackResource,
  subscriptions: readonly StackResource[],
): TemplateTopic | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { logicalId } = common;
  const own = ((common.properties.Subscription ?? []) as Properties[]).map((properties) =>
    subscription(logicalId, properties),
  );
  const others = subscriptions
    .flatMap((resource) => readResource(reading, resource) ?? [])
    .filter(({ properties }) => properties.TopicArn === common.arn)
    .map(({ logicalId, properties }) => subscription(logicalId, properties));
  return {
    ...common,
    isFifo: isTrue(common.properties.FifoTopic),
    subscriptions: [...own, ...others],
  };
}

function subscription(logicalId: string, properties: Properties): TemplateSubscription {
  const { Protocol, Endpoint, RawMessageDelivery, FilterPolicy, FilterPolicyScope } = properties;
  return {
    logicalId,
    protocol: Protocol,
    endpoint: Endpoint,
    rawMessageDelivery: isTrue(RawMessageDelivery),
    ...(FilterPolicy && { filterPolicy: FilterPolicy }),
    ...(FilterPolicyScope && { filterPolicyScope: FilterPolicyScope }),
  };
}
