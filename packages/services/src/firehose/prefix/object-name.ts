/**
 * The keys of objects: an evaluated prefix and a suffix that nobody can change.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
 */
import { type Random, randomUuid } from "../../../../../src/time/random.ts";
import { invalidArgument } from "../error.ts";
import { type DateWriter, datePattern } from "./date-pattern.ts";
import { longestPrefix, type Prefix, type PrefixValues, parsePrefix } from "./expression.ts";

export interface Prefixes {
  records(values: PrefixValues): string;
  /** Where failure objects go. */
  failures(values: PrefixValues & { readonly errorOutputType: string }): string;
  /** The time in the suffix, in the time zone of the prefixes. */
  readonly suffixTime: DateWriter;
  readonly queryKeys: readonly string[];
  readonly lambdaKeys: readonly string[];
}

export interface PrefixSettings {
  /** Where the properties stand, for messages. */
  readonly path: string;
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly timeZone: string;
}

/** Throws an InvalidArgumentException where a prefix breaks a rule. */
export function readPrefixes({ path, prefix, errorPrefix, timeZone }: PrefixSettings): Prefixes {
  const byHour = hourFolders(`${path}.CustomTimeZone`, timeZone);
  const records = parsePrefix(`${path}.Prefix`, prefix, timeZone);
  const failures = parsePrefix(`${path}.ErrorOutputPrefix`, errorPrefix, timeZone);
  checkPrefixes(path, records, failures, errorPrefix);
  return {
    queryKeys: records.queryKeys,
    lambdaKeys: records.lambdaKeys,
    suffixTime: datePattern(suffixPattern, timeZone),
    records(values) {
      const evaluated = records.evaluate(values);
      return records.hasExpressions ? evaluated : evaluated + byHour(values.oldest);
    },
    failures(values) {
      const evaluated = failures.evaluate(values);
      if (failures.hasExpressions) return evaluated;
      return `${evaluated}${values.errorOutputType}/${byHour(values.oldest)}`;
    },
  };
}

function hourFolders(property: string, timeZone: string): DateWriter {
  try {
    return datePattern("yyyy/MM/dd/HH/", timeZone);
  } catch (cause) {
    throw invalidArgument(`${property}: the time zone "${timeZone}" is not known.`, cause);
  }
}

function checkPrefixes(path: string, records: Prefix, failures: Prefix, errorPrefix: string): void {
  if (records.namesErrorType) {
    throw invalidArgument(
      `${path}.Prefix: !{firehose:error-output-type} may stand in ErrorOutputPrefix only.`,
    );
  }
  if (failures.queryKeys.length + failures.lambdaKeys.length > 0) {
    throw invalidArgument(
      `${path}.ErrorOutputPrefix: partition keys may stand in Prefix only, because a record that failed may have none.`,
    );
  }
  if (records.hasExpressions && errorPrefix === "") {
    throw invalidArgument(
      `${path}.ErrorOutputPrefix is missing, and cannot be null when Prefix contains expressions.`,
    );
  }
  if (failures.hasExpressions && !failures.namesErrorType) {
    throw invalidArgument(
      `${path}.ErrorOutputPrefix "${errorPrefix}" has expressions, and must include !{firehose:error-output-type} then.`,
    );
  }
}

/** Throws a RangeError for an evaluated prefix that S3 objects of Firehose cannot have. */
export function checkLength(prefix: string): void {
  if (prefix.length <= longestPrefix) return;
  throw new RangeError(
    `The evaluated prefix has ${prefix.length} characters, more than ${longestPrefix}: ${prefix.slice(0, 60)}…`,
  );
}

const suffixPattern = "yyyy-MM-dd-HH-mm-ss";
/** For keys that have no time zone of their own. */
export const utcSuffixTime = datePattern(suffixPattern, "UTC");

/** `<stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid><extension>` */
export function objectSuffix(
  stream: string,
  time: string,
  random: Random,
  extension: string,
): string {
  return `${stream}-1-${time}-${randomUuid(random)}${extension}`;
}
