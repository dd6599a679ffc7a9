/** What Lambda refuses in the settings of a mapping, before anything is read. */
import { invalidByModel, invalidParameter } from "./error.ts";
import { compileFilters } from "./filters.ts";
import { defaultSettings, type MappingSettings, startingTimestamp } from "./settings.ts";

/** How strictly settings are checked. */
export interface ValidationOptions {
  /** Refuse a missing `startingPosition`, as CreateEventSourceMapping does. @default false */
  readonly strict?: boolean;
  /** The moment that AT_TIMESTAMP must not be after, in epoch milliseconds. @default not checked */
  readonly now?: number;
}

/**
 * Throws a {@link MappingError} with AWS's code and text for settings that AWS refuses. Returns
 * what AWS takes and a user should know all the same.
 *
 * @example
 * validateSettings({ batchSize: 10_001 });
 * // ValidationException: 1 validation error detected: Value '10001' at 'batchSize' failed …
 */
export function validateSettings(
  settings: MappingSettings,
  { strict = false, now = Number.POSITIVE_INFINITY }: ValidationOptions = {},
): string[] {
  checkNames(settings);
  const violations = constraints(settings);
  if (violations.length > 0) throw invalidByModel(detected(violations));
  if (strict && settings.startingPosition === undefined) {
    // The model does not require it: queues have none.
    throw invalidParameter(
      detected([violation("startingPosition", undefined, "Member must not be null.")]),
    );
  }
  checkAge(settings);
  checkStartingPosition(settings, now);
  checkDestination(settings);
  checkTumblingWindow(settings);
  return compileFilters(settings.filterCriteria).warnings;
}

const elsewhere: Readonly<Record<string, string>> = {
  scalingConfig: "SQS",
  provisionedPollerConfig: "SQS and Kafka",
  loggingConfig: "Kafka",
  queues: "MQ",
  topics: "Kafka",
  sourceAccessConfigurations: "Kafka and MQ",
  selfManagedEventSource: "Kafka",
  selfManagedKafkaEventSourceConfig: "Kafka",
  amazonManagedKafkaEventSourceConfig: "Kafka",
  documentDBEventSourceConfig: "DocumentDB",
};

const known = new Set([
  ...Object.keys(defaultSettings),
  "startingPositionTimestamp",
  "kmsKeyArn",
  "metricsConfig",
]);

function checkNames(settings: MappingSettings): void {
  for (const [name, value] of Object.entries(settings)) {
    if (known.has(name) || value === undefined) continue;
    const source = elsewhere[name];
    throw invalidParameter(
      source
        ? `${name} is a setting for ${source}, and this mapping is for Kinesis.`
        : `There is no setting ${name}. Settings have AWS's names in camelCase, such as batchSize.`,
    );
  }
}

const ranges = [
  ["batchSize", 1, 10_000],
  ["maximumBatchingWindowInSeconds", 0, 300],
  ["parallelizationFactor", 1, 10],
  ["maximumRecordAgeInSeconds", -1, 604_800],
  ["maximumRetryAttempts", -1, 10_000],
  ["tumblingWindowInSeconds", 0, 900],
] as const;

const positions = ["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"];
const responseTypes = ["ReportBatchItemFailures"];
const oneOf = (values: readonly string[]) =>
  `Member must satisfy enum value set: [${values.join(", ")}]`;

/** The API's pattern for a destination; the first alternative is the empty one, which removes it. */
const destinations =
  "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)";

function detected(violations: readonly string[]): string {
  const errors = `validation error${violations.length > 1 ? "s" : ""} detected`;
  return `${violations.length} ${errors}: ${violations.join("; ")}`;
}

const violation = (name: string, value: unknown, rule: string) =>
  `Value ${value === undefined ? "null" : `'${value}'`} at '${name}' failed to satisfy constraint: ${rule}`;

/** Violations of the API's model, in the words of its validator. */
function constraints(settings: MappingSettings): string[] {
  const violations: string[] = [];
  const violated = (name: string, value: unknown, rule: string) =>
    violations.push(violation(name, value, rule));
  for (const [name, least, most] of ranges) {
    const value = settings[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value)) violated(name, value, "Member must be an integer");
    else if (value < least) {
      violated(name, value, `Member must have value greater than or equal to ${least}`);
    } else if (value > most) {
      violated(name, value, `Member must have value less than or equal to ${most}`);
    }
  }
  const { startingPosition, functionResponseTypes: types = [] } = settings;
  if (startingPosition !== undefined && !positions.includes(startingPosition)) {
    violated("startingPosition", startingPosition, oneOf(positions));
  }
  const given = `[${types.join(", ")}]`;
  if (types.some((type) => !responseTypes.includes(type))) {
    const rule = `Member must satisfy constraint: [${oneOf(responseTypes)}, Member must not be null]`;
    violated("functionResponseTypes", given, rule);
  }
  if (types.length > 1) {
    violated("functionResponseTypes", given, "Member must have length less than or equal to 1");
  }
  const destination = settings.destinationConfig?.onFailure?.destination ?? "";
  const refused = (rule: string) =>
    violated("destinationConfig.onFailure.destination", destination, rule);
  if (destination.length > 350) refused("Member must have length less than or equal to 350");
  // ARNs of other regions than AWS's are a local matter, so the beginning must do.
  if (!/^($|kafka:\/\/|arn:)/.test(destination)) {
    refused(`Member must satisfy regular expression pattern: ${destinations}`);
  }
  return violations;
}

function checkAge({ maximumRecordAgeInSeconds: age = -1 }: MappingSettings): void {
  if (age === -1 || age >= 60) return;
  throw invalidParameter(
    "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
  );
}

function checkStartingPosition(settings: MappingSettings, now: number): void {
  const timed = settings.startingPositionTimestamp !== undefined;
  if (settings.startingPosition !== "AT_TIMESTAMP") {
    if (!timed) return;
    throw invalidParameter("Timestamp only valid with StartingPosition AT_TIMESTAMP");
  }
  if (!timed) throw invalidParameter("Need to specify a timestamp");
  const timestamp = startingTimestamp(settings);
  if (timestamp <= now) return;
  throw invalidParameter(
    `Received Exception while reading from provided stream. The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timestamp}, currentTimestampInMillis: ${now}`,
  );
}

function checkDestination({ destinationConfig, metricsConfig }: MappingSettings): void {
  if (destinationConfig && "onSuccess" in destinationConfig) {
    throw invalidParameter("OnSuccess is not supported on event source mappings, only OnFailure.");
  }
  const arn = destinationConfig?.onFailure?.destination;
  if (arn) {
    const service = /^arn:[^:]*:(sqs|sns|s3):/.exec(arn)?.[1];
    if (!service) {
      throw invalidParameter(
        `The failure destination ${arn} is neither a queue, nor a topic, nor a bucket. Kafka topics are for Kafka sources.`,
      );
    }
    if (service !== "s3" && arn.endsWith(".fifo")) {
      throw invalidParameter(
        `The failure destination ${arn} is FIFO; only standard queues and topics are supported.`,
      );
    }
  }
  if (metricsConfig?.metrics?.some((metric) => metric !== "EventCount")) {
    throw invalidParameter("Only EventCount metrics are supported for event source mappings.");
  }
}

function checkTumblingWindow(settings: MappingSettings): void {
  const { tumblingWindowInSeconds = 0, parallelizationFactor = 1, filterCriteria } = settings;
  let other: string | undefined;
  if (parallelizationFactor > 1)
    other = `a ParallelizationFactor above 1 (${parallelizationFactor})`;
  else if ((filterCriteria?.filters ?? []).length > 0) other = "FilterCriteria";
  if (tumblingWindowInSeconds === 0 || !other) return;
  throw invalidParameter(
    `TumblingWindowInSeconds (${tumblingWindowInSeconds}) cannot be combined with ${other}.`,
  );
}
