/** What the stores take, in bytes; of DynamoDB in `dynamodb/limits.ts`. */
import { hash } from "../kpl/hash.ts";
import { isBytes } from "../values/kinds.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const s3Limits = { key: 1024 } as const;

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html; a queue's own
 * MaximumMessageSize may be less, down to 1,024.
 */
export const sqsLimits = { message: 1_048_576 } as const;

/**
 * Whether a key has room for the text, and keeps it as it is. Half a surrogate pair has no UTF-8: two such texts would
 * become one.
 */
export const fitsKey = (text: string, most: number): boolean =>
  text.isWellFormed() && Buffer.byteLength(text) <= most;

/** Stands for a text that no key has room for: two that differ have two digests, halves of surrogate pairs included. */
export const digestOf = (text: string): string => hash("sha256", Buffer.from(text, "utf16le"));

/**
 * What an item counts, at the least favourable reading of DynamoDB's rules. Infinity: it has text that DynamoDB would change.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function dynamodbItemSize(item: Readonly<Record<string, unknown>>): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) {
    if (value !== undefined) size += Buffer.byteLength(name) + valueSize(value);
  }
  return size;
}

function valueSize(value: unknown): number {
  if (typeof value === "string") {
    return value.isWellFormed() ? Buffer.byteLength(value) : Number.POSITIVE_INFINITY;
  }
  if (isBytes(value)) return value.byteLength;
  if (typeof value === "object" && value !== null) {
    return 3 + dynamodbItemSize(value as Record<string, unknown>) + Object.keys(value).length;
  }
  return 21;
}
