/** FilterCriteria: up to five patterns over a record; it is delivered when one of them matches. */
import type { DeliveredRecord, RecordOrigin } from "../../../../src/record/lambda-event.ts";
import { isObject, parseJson } from "./json.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** One pattern of a mapping's filter criteria. See https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export interface FilterPattern {
  /** An EventBridge pattern: as JSON, or as the object itself. */
  readonly pattern: string | Readonly<Record<string, unknown>>;
}

export interface FilterCriteria {
  readonly filters?: readonly FilterPattern[];
}

/** Filters that AWS refuses, in its words; `cause`, where there is one, says what is wrong with which. */
export class FilterError extends Error {
  override readonly name = "FilterError";
  /** Whether it is the API's model that refuses, and not what reads the pattern. */
  readonly byModel: boolean;

  constructor(message: string, { byModel = false, ...options }: FilterErrorOptions = {}) {
    super(message, options);
    this.byModel = byModel;
  }
}

interface FilterErrorOptions extends ErrorOptions {
  readonly byModel?: boolean;
}

export interface CompiledFilters {
  /** Undefined: every record passes. */
  readonly matches: ((record: DeliveredRecord, origin: RecordOrigin) => boolean) | undefined;
  readonly warnings: string[];
}

const mostFilters = 5;
const longestPattern = 4096;

/**
 * Throws a FilterError for patterns that AWS refuses.
 *
 * A filter's `data` is matched with the record's data, decoded and parsed as JSON. Where a pattern
 * has `data` and the record's data is no JSON, the record does not match.
 */
export function compileFilters(criteria: FilterCriteria | undefined): CompiledFilters {
  const given = criteria?.filters ?? [];
  if (given.length > mostFilters) {
    throw new FilterError(
      `1 validation error detected: Value '[${given.length} filters]' at 'filterCriteria.filters' failed to satisfy constraint: Member must have length less than or equal to ${mostFilters}`,
    );
  }
  const warnings: string[] = [];
  const filters = given.map(({ pattern }, index) => {
    const filter = compileFilter(pattern, index, given.length);
    warnings.push(...warningsOf(filter, index));
    return filter;
  });
  if (filters.length === 0) return { matches: undefined, warnings };
  return {
    warnings,
    matches(record, origin) {
      const parsed = lazily(() => parseData(record.data));
      const metadata = lazily(() => metadataOf(record, origin));
      return filters.some((filter) => {
        if (!usesData(filter)) return filter.matches(metadata());
        const data = parsed();
        return data !== undefined && filter.matches({ ...metadata(), data: data.value });
      });
    },
  };
}

function compileFilter(
  pattern: string | Readonly<Record<string, unknown>>,
  index: number,
  count: number,
): Pattern {
  const text = typeof pattern === "string" ? pattern : JSON.stringify(pattern);
  if (text.length > longestPattern) {
    throw new FilterError(
      `1 validation error detected: Value '${text}' at 'filterCriteria.filters.${index + 1}.member.pattern' failed to satisfy constraint: Member must have length less than or equal to ${longestPattern}`,
      { byModel: true },
    );
  }
  try {
    const parsed = parseJson(text);
    if (!isObject(parsed)) throw new TypeError("A pattern must be a JSON object.");
    const compiled = compilePattern(parsed);
    if (compiled.paths.has("data")) {
      throw new TypeError('The pattern\'s "data" must be a JSON object.');
    }
    return compiled;
  } catch (error) {
    const cause =
      count > 1
        ? new TypeError(`Filter ${index}: ${(error as Error).message}`, { cause: error })
        : error;
    throw new FilterError("Invalid filter pattern definition.", { cause });
  }
}

const usesData = ({ paths }: Pattern) => [...paths].some((path) => path.startsWith("data."));

/** What AWS's page on filters for Lambda lists; EventBridge has more. */
const documented = new Set([
  "anything-but",
  "equals-ignore-case",
  "exists",
  "numeric",
  "prefix",
  "suffix",
]);

function warningsOf({ paths, operators }: Pattern, index: number): string[] {
  const metadata = new Set([...paths].map((path) => path.split(".", 1)[0]!));
  metadata.delete("data");
  const others = [...operators].filter((operator) => !documented.has(operator));
  return [
    ...[...metadata].map(
      (key) =>
        `Filter ${index} matches "${key}": AWS documents "data" as the only key for Kinesis.`,
    ),
    ...others.map(
      (operator) =>
        `Filter ${index} uses "${operator}": AWS documents it for EventBridge, and not for the filters of a mapping.`,
    ),
  ];
}

const text = new TextDecoder("utf-8", { fatal: true });

function parseData(data: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(text.decode(data)) };
  } catch {
    return undefined;
  }
}

function metadataOf(record: DeliveredRecord, origin: RecordOrigin): Record<string, unknown> {
  return {
    kinesisSchemaVersion: "1.0",
    partitionKey: record.partitionKey,
    sequenceNumber: record.sequenceNumber,
    approximateArrivalTimestamp: record.approximateArrivalTimestamp / 1000,
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${origin.shardId}:${record.sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: origin.roleArn,
    awsRegion: origin.region,
    eventSourceARN: origin.eventSourceArn,
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
