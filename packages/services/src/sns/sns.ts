/** The topics of one account in one region, which publish to the queues of this machine. */
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import { type Random, randomUuid, systemRandom } from "../../../../src/time/random.ts";
import { contentId, type Deduplication, deduplication } from "../sqs/deduplication.ts";
import type { Sqs } from "../sqs/index.ts";
import { invalidParameter, notFound, notHere, SnsError } from "./error.ts";
import {
  checkNotification,
  envelopeOf,
  type NewNotification,
  type Published,
  textForQueue,
} from "./message.ts";
import {
  type Subscription,
  type SubscriptionAttributes,
  subscriptionWith,
} from "./subscription.ts";

/** What `createSns` takes. */
export interface SnsOptions {
  /** Where the queues are. */
  readonly sqs: Sqs;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Makes ids. @default systemRandom */
  readonly random?: Random;
  /** Told of each message that a queue did not take, and why. */
  readonly onUndelivered?: (undelivered: Undelivered) => void;
}

/** A message that a subscription could not deliver. */
export interface Undelivered {
  readonly subscriptionArn: string;
  /** The ARN of the queue. */
  readonly endpoint: string;
  readonly messageId: string;
  readonly reason: string;
  /** The subscription's dead-letter queue took it. */
  readonly isSaved: boolean;
}

/** A topic's attributes under AWS's names, with strings for values. */
export type TopicAttributes = Readonly<Record<string, string>>;

/** A topic of the local SNS. */
export interface Topic {
  readonly name: string;
  readonly arn: string;
  readonly isFifo: boolean;
  readonly attributes: TopicAttributes;
  readonly tags: Map<string, string>;
}

/** The local SNS: topics, whose messages go to queues of the local SQS. `createSnsServer` puts HTTP before it. */
export interface Sns {
  readonly region: string;
  readonly accountId: string;
  readonly random: Random;
  /** Makes a topic, or finds the one that is there. Attributes have AWS's names: `{ FifoTopic: "true" }`. */
  createTopic(
    name: string,
    attributes?: TopicAttributes,
    tags?: Readonly<Record<string, string>>,
  ): Topic;
  /** Throws NotFound. */
  topic(arn: string): Topic;
  topics(): Topic[];
  setTopicAttribute(arn: string, name: string, value: string): void;
  /** With its subscriptions; deleting what is not there is no error. */
  deleteTopic(arn: string): void;
  /** @param protocol only `sqs` is here */
  subscribe(
    topicArn: string,
    protocol: string,
    endpoint: string,
    attributes?: SubscriptionAttributes,
  ): Subscription;
  /** Throws NotFound. */
  subscription(arn: string): Subscription;
  /** @param topicArn only those of this topic */
  subscriptions(topicArn?: string): Subscription[];
  setSubscriptionAttribute(arn: string, name: string, value: string): void;
  unsubscribe(arn: string): void;
  /** Delivers at once to all queues whose filter matches. */
  publish(topicArn: string, notification: NewNotification): Published;
}

interface TopicState extends Topic {
  attributes: TopicAttributes;
  readonly known: Deduplication<Published>;
  published: number;
}

/** Kept and told. Nothing is encrypted, signed or refused here. */
const keptAttributes = new Set([
  "ContentBasedDeduplication",
  "DeliveryPolicy",
  "DisplayName",
  "FifoThroughputScope",
  "FifoTopic",
  "KmsMasterKeyId",
  "Policy",
  "SignatureVersion",
  "TracingConfig",
]);

/**
 * SNS in this process. Queues get what is published before `publish` returns. Whatever AWS refuses is
 * refused with an `SnsError` of AWS's code.
 *
 * @example
 * const sqs = createSqs();
 * const sns = createSns({ sqs });
 * const topic = sns.createTopic("orders");
 * sns.subscribe(topic.arn, "sqs", sqs.createQueue("orders").arn, { RawMessageDelivery: "true" });
 * sns.publish(topic.arn, { message: "hello" });
 */
export function createSns({
  sqs,
  clock = systemClock,
  random = systemRandom,
  onUndelivered = () => {},
}: SnsOptions): Sns {
  const { region, accountId } = sqs;
  const topics = new Map<string, TopicState>();
  const subscriptions = new Map<string, Subscription>();

  function find(arn: string): TopicState {
    const topic = topics.get(arn);
    if (topic) return topic;
    if (/^arn:[^:]+:sns:[^:]*:\d*:[\w.-]+$/.test(arn)) throw notFound("Topic");
    throw invalidParameter(`TopicArn Reason: ${arn} is not the ARN of a topic`);
  }

  function findSubscription(arn: string): Subscription {
    const subscription = subscriptions.get(arn);
    if (!subscription) throw notFound("Subscription");
    return subscription;
  }

  const subscriptionsOf = (topicArn?: string) =>
    [...subscriptions.values()].filter(
      (subscription) => topicArn === undefined || subscription.topicArn === topicArn,
    );

  function deliver(
    subscription: Subscription,
    {
      published,
      notification,
      text,
    }: {
      readonly published: Published;
      readonly notification: NewNotification;
      readonly text: string;
    },
  ): void {
    const { attributes = {}, subject, groupId, deduplicationId } = notification;
    const { topicArn, arn, endpoint, isRaw, deadLetterArn } = subscription;
    const body = isRaw
      ? text
      : envelopeOf({
          ...{ ...published, topicArn, subject, text, attributes },
          ...{ subscriptionArn: arn, publishedAt: clock.now() },
        });
    const message = { body, groupId, ...(isRaw && { attributes }) };
    const id = deduplicationId ?? contentId(notification.message);
    /** Says why the queue does not take it. */
    const refusedBy = (queueArn: string): string | undefined => {
      const queue = sqs.queueByArn(queueArn);
      if (!queue) return `The queue ${queueArn} does not exist.`;
      try {
        queue.send({ ...message, ...(queue.isFifo && { deduplicationId: id }) });
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    };
    const reason = refusedBy(endpoint);
    if (reason === undefined) return;
    const { messageId } = published;
    const isSaved = deadLetterArn !== undefined && refusedBy(deadLetterArn) === undefined;
    onUndelivered({ subscriptionArn: arn, endpoint, messageId, reason, isSaved });
  }

  /** The id under which a FIFO topic knows a message. */
  function deduplicationKey(topic: Topic, { message, groupId, deduplicationId }: NewNotification) {
    if (!topic.isFifo) {
      if (deduplicationId === undefined) return undefined;
      throw invalidParameter(
        "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
      );
    }
    if (groupId === undefined) {
      throw invalidParameter("The MessageGroupId parameter is required for FIFO topics");
    }
    if (deduplicationId !== undefined) return deduplicationId;
    if (topic.attributes.ContentBasedDeduplication === "true") return contentId(message);
    throw invalidParameter(
      "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  }

  return {
    region,
    accountId,
    random,
    topic: find,
    topics: () => [...topics.values()],
    createTopic(name, attributes = {}, tags = {}) {
      const isFifo = attributes.FifoTopic === "true";
      checkName(name, isFifo);
      checkAttributes(attributes);
      const arn = `arn:aws:sns:${region}:${accountId}:${name}`;
      const there = topics.get(arn);
      if (there) return sameTopic(there, attributes);
      const topic = {
        ...{ name, arn, isFifo, attributes, published: 0 },
        tags: new Map(Object.entries(tags)),
        known: deduplication<Published>(),
      };
      topics.set(arn, topic);
      return topic;
    },
    setTopicAttribute(arn, name, value) {
      const topic = find(arn);
      checkAttributes({ [name]: value });
      if (name === "FifoTopic") throw invalidParameter("AttributeName");
      topic.attributes = { ...topic.attributes, [name]: value };
    },
    deleteTopic(arn) {
      topics.delete(arn);
      for (const subscription of subscriptionsOf(arn)) subscriptions.delete(subscription.arn);
    },
    subscribe(topicArn, protocol, endpoint, attributes = {}) {
      const topic = find(topicArn);
      if (protocol !== "sqs") throw notHere(`subscriptions by ${protocol}: it delivers to sqs`);
      if (!/^arn:[^:]+:sqs:[^:]*:\d*:[\w.-]+$/.test(endpoint)) {
        throw invalidParameter("SQS endpoint ARN");
      }
      if (endpoint.endsWith(".fifo") && !topic.isFifo) {
        throw invalidParameter(
          "Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        );
      }
      const there = subscriptionsOf(topicArn).find((other) => other.endpoint === endpoint);
      if (there) return sameSubscription(there, attributes);
      const arn = `${topicArn}:${randomUuid(random)}`;
      const subscription = subscriptionWith({ arn, topicArn, endpoint }, attributes);
      subscriptions.set(arn, subscription);
      return subscription;
    },
    subscription: findSubscription,
    subscriptions: subscriptionsOf,
    setSubscriptionAttribute(arn, name, value) {
      const subscription = findSubscription(arn);
      const attributes = { ...subscription.attributes, [name]: value };
      subscriptions.set(arn, subscriptionWith(subscription, attributes));
    },
    unsubscribe(arn) {
      subscriptions.delete(arn);
    },
    publish(topicArn, notification) {
      const topic = find(topicArn);
      checkNotification(notification);
      const text = textForQueue(notification);
      const key = deduplicationKey(topic, notification);
      const before = key === undefined ? undefined : topic.known.sent(key, clock.now());
      if (before) return before;
      topic.published++;
      const published: Published = {
        messageId: randomUuid(random),
        sequenceNumber: topic.isFifo ? fifoSequenceNumber(topic.published) : undefined,
      };
      if (key !== undefined) topic.known.remember(key, published, clock.now());
      const { message, attributes = {} } = notification;
      for (const subscription of subscriptionsOf(topicArn)) {
        if (!subscription.matches({ message, attributes })) continue;
        deliver(subscription, { published, notification, text });
      }
      return published;
    },
  };
}

/** Twenty digits, as AWS has them. */
const fifoSequenceNumber = (count: number) => `${10n ** 19n + BigInt(count)}`;

function checkName(name: string, isFifo: boolean): void {
  if (isFifo ? /^[\w-]{1,251}\.fifo$/.test(name) : /^[\w-]{1,256}$/.test(name)) return;
  if (isFifo && !name.endsWith(".fifo")) {
    throw invalidParameter("Fifo Topic names must end with .fifo");
  }
  throw invalidParameter("Topic Name");
}

function checkAttributes(attributes: TopicAttributes): void {
  const unknown = Object.keys(attributes).find((name) => !keptAttributes.has(name));
  if (unknown !== undefined) throw notHere(`the topic attribute ${unknown}`);
}

function sameTopic(topic: Topic, attributes: TopicAttributes): Topic {
  const isOther = Object.keys(attributes).some(
    (name) => topic.attributes[name] !== attributes[name],
  );
  if (!isOther) return topic;
  throw invalidParameter("Attributes Reason: Topic already exists with different attributes");
}

function sameSubscription(
  subscription: Subscription,
  attributes: SubscriptionAttributes,
): Subscription {
  const names = Object.keys(attributes);
  if (names.every((name) => subscription.attributes[name] === attributes[name])) {
    return subscription;
  }
  throw new SnsError(
    "InvalidParameter",
    "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
  );
}
