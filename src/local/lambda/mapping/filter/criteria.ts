/** FilterCriteria: up to five patterns over a record; it is delivered when one of them matches. */
import type { DeliveredRecord, RecordOrigin } from "../../event.ts";
import { invalidParameter } from "../error.ts";
import type { MappingSettings } from "../settings.ts";
import { parseJson } from "./json.ts";
import { compilePattern, type Matcher } from "./pattern.ts";

export interface CompiledFilters {
  /** Undefined: every record passes. */
  readonly matches: ((record: DeliveredRecord, origin: RecordOrigin) => boolean) | undefined;
  readonly warnings: string[];
}

interface CompiledFilter {
  readonly metadata: Matcher | undefined;
  readonly data: Matcher | undefined;
}

const mostFilters = 5;

/**
 * Throws a MappingError for patterns that AWS refuses; its `cause` says what is wrong with which.
 *
 * A filter's `data` is matched with the record's data, decoded and parsed as JSON. Where a pattern
 * has `data` and the record's data is no JSON, the record does not match.
 */
export function compileFilters(criteria: MappingSettings["filterCriteria"]): CompiledFilters {
  const given = criteria?.filters ?? [];
  if (given.length > mostFilters) {
    throw invalidParameter(
      `1 validation error detected: Value '[${given.length} filters]' at 'filterCriteria.filters' failed to satisfy constraint: Member must have length less than or equal to ${mostFilters}`,
    );
  }
  const warnings: string[] = [];
  const filters = given.map(({ pattern }, index) => {
    try {
      return compileFilter(pattern, (key) =>
        warnings.push(
          `Filter ${index} matches "${key}": AWS documents "data" as the only key for Kinesis.`,
        ),
      );
    } catch (cause) {
      throw invalidParameter("Invalid filter pattern definition.", cause);
    }
  });
  if (filters.length === 0) return { matches: undefined, warnings };
  return {
    warnings,
    matches(record, origin) {
      const parsed = lazily(() => parseData(record.data));
      const metadata = lazily(() => metadataOf(record, origin));
      return filters.some(
        (filter) =>
          (!filter.metadata || filter.metadata(metadata())) &&
          (!filter.data || (parsed() !== undefined && filter.data(parsed()!.value))),
      );
    },
  };
}

function compileFilter(
  pattern: string | Readonly<Record<string, unknown>>,
  onMetadata: (key: string) => void,
): CompiledFilter {
  const parsed = parseJson(typeof pattern === "string" ? pattern : JSON.stringify(pattern));
  if (!isObject(parsed)) throw new TypeError("A pattern must be a JSON object.");
  const { data, ...metadata } = parsed;
  if ("data" in parsed && !isObject(data)) {
    throw new TypeError('The pattern\'s "data" must be a JSON object.');
  }
  Object.keys(metadata).forEach(onMetadata);
  return {
    metadata: Object.keys(metadata).length > 0 ? compilePattern(metadata) : undefined,
    data: isObject(data) ? compilePattern(data) : undefined,
  };
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

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
