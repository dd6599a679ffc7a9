/** What Lambda refuses in the settings of a mapping, before anything is read. */
import { invalidParameter } from "./error.ts";
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
 * // InvalidParameterValueException: 1 validation error detected: Value '10001' at 'batchSize' failed …
 */
export function validateSettings(
  settings: MappingSettings,
  { strict = false, now = Number.POSITIVE_INFINITY }: ValidationOptions = {},
): string[] {
  checkNames(settings);
  const violations = constraints(settings, strict);
  if (violations.length > 0) {
    const errors = `validation error${violations.length > 1 ? "s" : ""} detected`;
    throw invalidParameter(`${violations.length} ${errors}: ${violations.join("; ")}`);
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

/** Violations of the API's model, in the words of its validator. */
function constraints(settings: MappingSettings, strict: boolean): string[] {
  const violations: string[] = [];
  const violated = (name: string, value: unknown, rule: string) =>
    violations.push(
      `Value ${value === undefined ? "null" : `'${value}'`} at '${name}' failed to satisfy constraint: ${rule}`,
    );
  const member = (name: string, value: string | undefined, values: readonly string[]) => {
    if (value === undefined || values.includes(value)) return;
    violated(name, value, `Member must satisfy enum value set: [${values.join(", ")}]`);
  };
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
  if (strict && settings.startingPosition === undefined) {
    violated("startingPosition", undefined, "Member must not be null.");
  }
  member("startingPosition", settings.startingPosition, ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]);
  for (const type of settings.functionResponseTypes ?? []) {
    member("functionResponseTypes", type, ["ReportBatchItemFailures"]);
  }
  const types = settings.functionResponseTypes;
  if (types && types.length > 1) {
    violated(
      "functionResponseTypes",
      `[${types.join(", ")}]`,
      "Member must have length less than or equal to 1",
    );
  }
  const destination = settings.destinationConfig?.onFailure?.destination ?? "";
  if (destination.length > 350) {
    const rule = "Member must have length less than or equal to 350";
    violated("destinationConfig.onFailure.destination", destination, rule);
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
  if (tumblingWindowInSeconds === 0) return;
  if (parallelizationFactor > 1) {
    throw invalidParameter(
      `TumblingWindowInSeconds (${tumblingWindowInSeconds}) cannot be combined with a ParallelizationFactor above 1 (${parallelizationFactor}).`,
    );
  }
  if ((filterCriteria?.filters ?? []).length > 0) {
    throw invalidParameter(
      `TumblingWindowInSeconds (${tumblingWindowInSeconds}) cannot be combined with FilterCriteria.`,
    );
  }
}
