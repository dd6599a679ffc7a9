/** EventBridge event patterns: which fields must be there, and how they are joined. */
import { WrittenNumber } from "./json.ts";
import { compileOperator, type ValueMatcher } from "./operators.ts";

/** Says whether a JSON value matches. */
export type Matcher = (value: unknown) => boolean;

/**
 * Fields of a pattern must all match; the alternatives of a field are a list; `$or` joins patterns.
 * Lists in the data match when one of their elements does.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 *
 * @example
 * compilePattern({ total: [{ numeric: [">=", 100] }] })({ total: 120 }); // true
 */
export function compilePattern(pattern: Readonly<Record<string, unknown>>): Matcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new TypeError("A pattern must name at least one field.");
  const parts = entries.map(([key, rule]) =>
    key === "$or" && isAlternatives(rule) ? compileOr(rule) : compileField(key, rule),
  );
  return (value) =>
    Array.isArray(value)
      ? value.some((element) => parts.every((matches) => matches(element)))
      : parts.every((matches) => matches(value));
}

function compileOr(alternatives: readonly Record<string, unknown>[]): Matcher {
  if (alternatives.length < 2) throw new TypeError('"$or" needs two patterns or more.');
  const matchers = alternatives.map(compilePattern);
  return (value) => matchers.some((matches) => matches(value));
}

function compileField(key: string, rule: unknown): Matcher {
  if (isObject(rule)) {
    const nested = compilePattern(rule);
    return (value) => nested(fieldOf(value, key));
  }
  if (!Array.isArray(rule)) {
    throw new TypeError(`The field "${key}" must have a list of values or a nested pattern.`);
  }
  if (rule.length === 0) throw new TypeError(`The list of the field "${key}" is empty.`);
  const matchers: ValueMatcher[] = rule.map((one) => compileOperator(key, one));
  return (value) => {
    const leaves = leavesOf(fieldOf(value, key));
    return matchers.some((matches) => matches(leaves));
  };
}

function fieldOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The values that operators look at: a list's elements, however deep; of an object there is none. */
function leavesOf(value: unknown): readonly unknown[] {
  if (value === undefined || isObject(value)) return [];
  return Array.isArray(value) ? value.flatMap(leavesOf) : [value];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof WrittenNumber);

const isAlternatives = (rule: unknown): rule is Record<string, unknown>[] =>
  Array.isArray(rule) && rule.every(isObject);
