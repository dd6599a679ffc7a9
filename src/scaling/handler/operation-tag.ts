/**
 * Where a stream's operations are remembered: in a tag of the stream itself, so that no table is needed, every environment finds them, and
 * people see them. A tag's value has at most 256 characters; this one has fewer than 90.
 */
import { recentOperations } from "../operations.ts";

/** The key of the tag. */
export const operationsTag = "shardmill:scaling";

/** What a tag remembers. */
export interface RememberedOperations {
  /** When UpdateShardCount was called in the last 24 hours, in epoch milliseconds. */
  readonly operations: readonly number[];
  /** When it was last refused because of a limit. */
  readonly refusedAt?: number | undefined;
}

/** Seconds in base 36, a space between; that of a refusal after a colon. */
export function toTag({ operations, refusedAt }: RememberedOperations, now: number): string {
  const times = recentOperations(operations, now).map(toText);
  return [...times, ...(refusedAt === undefined ? [] : [`:${toText(refusedAt)}`])].join(" ");
}

/** What the tag says. What is none of ours in it is left out: people may write into tags. */
export function fromTag(value: string | undefined): RememberedOperations {
  const words = (value ?? "").split(" ");
  const refusedAt = words.find((word) => word.startsWith(":"));
  return {
    operations: words.filter((word) => /^[\da-z]{1,7}$/.test(word)).map(fromText),
    refusedAt:
      refusedAt && /^:[\da-z]{1,7}$/.test(refusedAt) ? fromText(refusedAt.slice(1)) : undefined,
  };
}

/** A second later rather than earlier: an operation must not be forgotten before its time. */
const toText = (at: number) => Math.ceil(at / 1000).toString(36);
const fromText = (word: string) => Number.parseInt(word, 36) * 1000;
