/**
 * Prefixes of S3 objects: text with `!{namespace:value}` in it.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
import type { Random } from "../../../../../src/time/random.ts";
import { invalidArgument } from "../error.ts";
import type { ErrorOutputType } from "../record.ts";
import { type DateWriter, datePattern } from "./date-pattern.ts";

/** What the expressions of one object are evaluated with. */
export interface PrefixValues {
  /** When the oldest record of the object arrived, in epoch milliseconds. */
  readonly oldest: number;
  readonly random: Random;
  readonly partitionKeys?: PartitionKeys;
  readonly errorOutputType?: ErrorOutputType;
}

export interface PartitionKeys {
  readonly query: Readonly<Record<string, string>>;
  readonly lambda: Readonly<Record<string, string>>;
}

export interface Prefix {
  readonly hasExpressions: boolean;
  /** The names that `!{partitionKeyFromQuery:…}` and `!{partitionKeyFromLambda:…}` ask for. */
  readonly queryKeys: readonly string[];
  readonly lambdaKeys: readonly string[];
  readonly namesErrorType: boolean;
  evaluate(values: PrefixValues): string;
}

/** Characters that an evaluated prefix may have. */
export const longestPrefix = 512;

type Part = (values: PrefixValues) => string;

interface Parts {
  readonly parts: Part[];
  readonly queryKeys: string[];
  readonly lambdaKeys: string[];
  namesErrorType: boolean;
}

/** Throws an InvalidArgumentException that names the property and what is wrong in it. */
export function parsePrefix(property: string, text: string, timeZone: string): Prefix {
  const found: Parts = { parts: [], queryKeys: [], lambdaKeys: [], namesErrorType: false };
  const refuse = (why: string, cause?: unknown) =>
    invalidArgument(`${property} "${text}": ${why}`, cause);
  let hasExpressions = false;
  let at = 0;
  for (let start = text.indexOf("!{"); start >= 0; start = text.indexOf("!{", at)) {
    hasExpressions = true;
    literal(text.slice(at, start), found);
    const end = text.indexOf("}", start);
    if (end < 0) throw refuse("an expression that begins with !{ has no end.");
    const expression = text.slice(start + 2, end);
    if (expression.includes("!{")) throw refuse("!{ stands inside of an expression.");
    const colon = expression.indexOf(":");
    if (colon < 0) throw refuse(`!{${expression}} has no namespace: expected !{namespace:value}.`);
    try {
      read(expression.slice(0, colon), expression.slice(colon + 1), timeZone, found);
    } catch (cause) {
      throw refuse((cause as Error).message, cause);
    }
    at = end + 1;
  }
  literal(text.slice(at), found);
  const { parts, queryKeys, lambdaKeys, namesErrorType } = found;
  return {
    hasExpressions,
    queryKeys,
    lambdaKeys,
    namesErrorType,
    evaluate: (values) => parts.map((part) => part(values)).join(""),
  };
}

function literal(text: string, { parts }: Parts): void {
  if (text !== "") parts.push(() => text);
}

const namespaces = ["timestamp", "firehose", "partitionKeyFromQuery", "partitionKeyFromLambda"];

/** Throws a RangeError. */
function read(namespace: string, value: string, timeZone: string, found: Parts): void {
  switch (namespace) {
    case "timestamp": {
      const write: DateWriter = datePattern(value, timeZone);
      found.parts.push(({ oldest }) => write(oldest));
      break;
    }
    case "firehose":
      readFirehose(value, found);
      break;
    case "partitionKeyFromQuery":
      found.queryKeys.push(value);
      found.parts.push(({ partitionKeys }) => partitionKeys?.query[value] ?? "");
      break;
    case "partitionKeyFromLambda":
      found.lambdaKeys.push(value);
      found.parts.push(({ partitionKeys }) => partitionKeys?.lambda[value] ?? "");
      break;
    default:
      throw new RangeError(`the namespace "${namespace}" is not one of ${namespaces.join(", ")}.`);
  }
}

function readFirehose(value: string, found: Parts): void {
  if (value === "random-string") found.parts.push(({ random }) => randomString(random));
  else if (value === "error-output-type") {
    found.namesErrorType = true;
    found.parts.push(({ errorOutputType }) => errorOutputType ?? "");
  } else {
    throw new RangeError(
      `!{firehose:${value}} is neither !{firehose:random-string} nor !{firehose:error-output-type}.`,
    );
  }
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const randomString = (random: Random) =>
  Array.from({ length: 11 }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
