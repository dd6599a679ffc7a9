/**
 * Filter policies: which messages of a topic a subscription gets.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */

import { parseJson } from "../patterns/json.ts";
import { compilePattern, type Matcher } from "../patterns/pattern.ts";
import type { MessageAttributes } from "../sqs/index.ts";
import { invalidParameter } from "./error.ts";

export type FilterScope = "MessageAttributes" | "MessageBody";

/** What a filter looks at. */
export interface Filtered {
  readonly message: string;
  readonly attributes: MessageAttributes;
}

export type Filter = (message: Filtered) => boolean;

/** Throws InvalidParameter for a policy that is none. */
export function compileFilter(policy: string, scope: FilterScope): Filter {
  const matches = compile(policy);
  if (!matches) return () => true;
  return ({ message, attributes }) => {
    const value = scope === "MessageBody" ? parsed(message) : valuesOf(attributes);
    return value !== undefined && matches(value);
  };
}

/** Undefined: every message passes. */
function compile(policy: string): Matcher | undefined {
  const wrong = (why: string) => invalidParameter(`FilterPolicy: ${why}`);
  const rules = parsed(policy);
  if (typeof rules !== "object" || rules === null || Array.isArray(rules)) {
    throw wrong("failed to parse JSON. It must be an object.");
  }
  if (Object.keys(rules).length === 0) return undefined;
  try {
    return compilePattern(rules as Record<string, unknown>).matches;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Attributes as JSON: numbers are numbers, and a `String.Array` is a list. */
function valuesOf(attributes: MessageAttributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue }]) => {
      if (StringValue === undefined) return [name, undefined];
      if (DataType === "String.Array") return [name, parsed(StringValue)];
      return [name, DataType.startsWith("Number") ? Number(StringValue) : StringValue];
    }),
  );
}
