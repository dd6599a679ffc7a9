/** One queue's subscription to a topic. */
import { invalidParameter, notHere } from "./error.ts";
import { compileFilter, type Filter, type FilterScope } from "./filter.ts";

/** A subscription's attributes under AWS's names, with strings for values. */
export type SubscriptionAttributes = Readonly<Record<string, string>>;

/** A queue's subscription to a topic. */
export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: "sqs";
  /** The ARN of the queue. */
  readonly endpoint: string;
  readonly attributes: SubscriptionAttributes;
  readonly isRaw: boolean;
  readonly matches: Filter;
  /** The ARN of the queue that gets what the endpoint does not take. */
  readonly deadLetterArn: string | undefined;
}

const settable = new Set([
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
]);

/** Throws InvalidParameter for attributes that AWS refuses. */
export function subscriptionWith(
  named: Pick<Subscription, "arn" | "topicArn" | "endpoint">,
  attributes: SubscriptionAttributes,
): Subscription {
  const unknown = Object.keys(attributes).find((name) => !settable.has(name));
  if (unknown !== undefined) throw notHere(`the subscription attribute ${unknown}`);
  const { FilterPolicy, FilterPolicyScope: scope = "MessageAttributes" } = attributes;
  if (scope !== "MessageAttributes" && scope !== "MessageBody") {
    throw invalidParameter("FilterPolicyScope");
  }
  return {
    ...named,
    protocol: "sqs",
    attributes,
    isRaw: isTrue("RawMessageDelivery", attributes.RawMessageDelivery),
    matches: FilterPolicy ? compileFilter(FilterPolicy, scope satisfies FilterScope) : () => true,
    deadLetterArn: deadLetterArn(attributes.RedrivePolicy),
  };
}

function isTrue(name: string, value = "false"): boolean {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  throw invalidParameter(`${name} must be true or false`);
}

function deadLetterArn(policy: string | undefined): string | undefined {
  if (!policy) return undefined;
  try {
    const { deadLetterTargetArn } = JSON.parse(policy);
    if (typeof deadLetterTargetArn === "string") return deadLetterTargetArn;
  } catch {
    // Refused below.
  }
  throw invalidParameter("RedrivePolicy: it must be JSON with a deadLetterTargetArn");
}
