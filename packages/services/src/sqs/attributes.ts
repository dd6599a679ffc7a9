/** The attributes of a queue that can be set: their defaults, and what AWS takes. */
import { SqsError } from "./error.ts";

/** A queue's attributes under AWS's names, with strings for values: `{ VisibilityTimeout: "60" }`. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** Numbers: default, least, most. */
const numbers: Readonly<Record<string, readonly [number, number, number]>> = {
  DelaySeconds: [0, 0, 900],
  MaximumMessageSize: [1_048_576, 1_024, 1_048_576],
  MessageRetentionPeriod: [345_600, 60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 0, 20],
  VisibilityTimeout: [30, 0, 43_200],
};

/** What AWS keeps to decide who may do what, and how messages are encrypted: kept and told, without effect. */
const withoutEffect: Readonly<Record<string, RegExp>> = {
  Policy: /.*/s,
  KmsMasterKeyId: /.*/s,
  KmsDataKeyReusePeriodSeconds: /^\d+$/,
  SqsManagedSseEnabled: /^(true|false)$/i,
};

const forFifo: Readonly<Record<string, RegExp>> = {
  FifoQueue: /^true$/i,
  ContentBasedDeduplication: /^(true|false)$/i,
  DeduplicationScope: /^(queue|messageGroup)$/,
  FifoThroughputLimit: /^(perQueue|perMessageGroupId)$/,
};

const fifoDefaults: QueueAttributes = {
  FifoQueue: "true",
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  FifoThroughputLimit: "perQueue",
};

export const policies = new Set(["RedrivePolicy", "RedriveAllowPolicy"]);

export const invalidAttribute = (name: string, reason?: string) =>
  new SqsError(
    "InvalidAttributeValue",
    `Invalid value for the parameter ${name}.${reason === undefined ? "" : ` Reason: ${reason}`}`,
  );

export const unknownAttribute = (name: string) =>
  new SqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);

export const defaultAttributes = (isFifo: boolean): QueueAttributes => ({
  ...Object.fromEntries(
    Object.entries(numbers).map(([name, [byDefault]]) => [name, `${byDefault}`]),
  ),
  SqsManagedSseEnabled: "true",
  ...(isFifo && fifoDefaults),
});

/** Throws for what AWS refuses. Policies are looked at elsewhere: they name other queues. */
export function checkAttributes(attributes: QueueAttributes, isFifo: boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!policies.has(name)) checkAttribute(name, value, isFifo);
  }
  if (
    attributes.FifoThroughputLimit === "perMessageGroupId" &&
    attributes.DeduplicationScope !== "messageGroup"
  ) {
    throw invalidAttribute("FifoThroughputLimit", "DeduplicationScope must be messageGroup.");
  }
}

function checkAttribute(name: string, value: string, isFifo: boolean): void {
  const bounds = numbers[name];
  if (bounds) {
    const [, least, most] = bounds;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) throw invalidAttribute(name);
    return;
  }
  const pattern = withoutEffect[name] ?? (isFifo ? forFifo[name] : undefined);
  if (!pattern) throw unknownAttribute(name);
  if (!pattern.test(value)) throw invalidAttribute(name);
}
