/** The template's topics and their subscriptions, in an SNS of this machine. */
import type { TemplateQueue, TemplateSubscription, TemplateTopic } from "../template/types.ts";
import { form } from "./call-service.ts";

/** Creates the topics, once the queues are there. */
export async function createTopics(
  endpoint: string,
  topics: readonly TemplateTopic[],
  queues: readonly TemplateQueue[],
  onNote: (text: string) => void,
): Promise<void> {
  for (const { name, arn, isFifo, subscriptions } of topics) {
    await form(endpoint, "sns", "CreateTopic", {
      Name: name,
      ...(isFifo && entries({ FifoTopic: "true" })),
    });
    for (const subscription of subscriptions) {
      const { protocol, endpoint: target } = subscription;
      const isHere = protocol === "sqs" && queues.some((queue) => queue.arn === target);
      if (isHere) await subscribe(endpoint, arn, subscription);
      else
        onNote(
          `Topic ${name} does not publish to ${target} (${protocol}) here: only to queues of the template.`,
        );
    }
  }
}

async function subscribe(
  endpoint: string,
  TopicArn: string,
  subscription: TemplateSubscription,
): Promise<void> {
  const { protocol: Protocol, rawMessageDelivery, filterPolicy, filterPolicyScope } = subscription;
  await form(endpoint, "sns", "Subscribe", {
    ...{ TopicArn, Protocol, Endpoint: subscription.endpoint },
    ...entries({
      RawMessageDelivery: String(rawMessageDelivery),
      ...(filterPolicyScope && { FilterPolicyScope: filterPolicyScope }),
      ...(filterPolicy && { FilterPolicy: JSON.stringify(filterPolicy) }),
    }),
  });
}

/** Attributes, as the query protocol numbers them. */
function entries(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value], index) => [
      [`Attributes.entry.${index + 1}.key`, key],
      [`Attributes.entry.${index + 1}.value`, value],
    ]),
  );
}
