/** A2 and A16 to A19, A92: defaults, ranges, and what is refused. */
import { expect, test } from "vitest";
import {
  defaultSettings,
  MappingError,
  type MappingErrorCode,
  type MappingSettings,
  mappingRegistry,
  validateSettings,
} from "../../../../packages/local/src/lambda/mapping/index.ts";
import { rig } from "./rig.ts";

test("A2 the defaults are AWS's", () => {
  expect(defaultSettings).toEqual({
    batchSize: 100,
    maximumBatchingWindowInSeconds: 0,
    parallelizationFactor: 1,
    startingPosition: "TRIM_HORIZON",
    bisectBatchOnFunctionError: false,
    maximumRecordAgeInSeconds: -1,
    maximumRetryAttempts: -1,
    tumblingWindowInSeconds: 0,
    functionResponseTypes: [],
    destinationConfig: { onFailure: {} },
    filterCriteria: {},
    tags: {},
    enabled: true,
  });
});

test.each<[MappingSettings, MappingSettings]>([
  [{ batchSize: 1 }, { batchSize: 10_000 }],
  [{ maximumBatchingWindowInSeconds: 0 }, { maximumBatchingWindowInSeconds: 300 }],
  [{ parallelizationFactor: 1 }, { parallelizationFactor: 10 }],
  [{ maximumRecordAgeInSeconds: -1 }, { maximumRecordAgeInSeconds: 60 }],
  [{ maximumRecordAgeInSeconds: 604_800 }, {}],
  [{ maximumRetryAttempts: -1 }, { maximumRetryAttempts: 10_000 }],
  [{ tumblingWindowInSeconds: 0 }, { tumblingWindowInSeconds: 900 }],
])("A2 %j and %j are taken", (one, other) => {
  expect(validateSettings(one)).toEqual([]);
  expect(validateSettings(other)).toEqual([]);
});

const outOfRange = (value: number, name: string, rule: string) =>
  `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must have value ${rule}`;

test.each<[MappingSettings, string]>([
  [{ batchSize: 0 }, outOfRange(0, "batchSize", "greater than or equal to 1")],
  [{ batchSize: 10_001 }, outOfRange(10_001, "batchSize", "less than or equal to 10000")],
  [
    { maximumBatchingWindowInSeconds: 301 },
    outOfRange(301, "maximumBatchingWindowInSeconds", "less than or equal to 300"),
  ],
  [
    { maximumBatchingWindowInSeconds: 1.5 },
    "1 validation error detected: Value '1.5' at 'maximumBatchingWindowInSeconds' failed to satisfy constraint: Member must be an integer",
  ],
  [
    { parallelizationFactor: 11 },
    outOfRange(11, "parallelizationFactor", "less than or equal to 10"),
  ],
  [
    { maximumRetryAttempts: -2 },
    outOfRange(-2, "maximumRetryAttempts", "greater than or equal to -1"),
  ],
  [
    { maximumRecordAgeInSeconds: 604_801 },
    outOfRange(604_801, "maximumRecordAgeInSeconds", "less than or equal to 604800"),
  ],
  [
    { maximumRecordAgeInSeconds: 0 },
    "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
  ],
  [
    { maximumRecordAgeInSeconds: 59 },
    "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
  ],
  [
    { tumblingWindowInSeconds: 901 },
    outOfRange(901, "tumblingWindowInSeconds", "less than or equal to 900"),
  ],
  [
    { functionResponseTypes: ["Everything" as never] },
    "1 validation error detected: Value '[Everything]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]",
  ],
  [
    { functionResponseTypes: ["ReportBatchItemFailures", "ReportBatchItemFailures"] },
    "1 validation error detected: Value '[ReportBatchItemFailures, ReportBatchItemFailures]' at 'functionResponseTypes' failed to satisfy constraint: Member must have length less than or equal to 1",
  ],
  [
    { startingPosition: "NOW" as never },
    "1 validation error detected: Value 'NOW' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
  ],
  [
    { metricsConfig: { metrics: ["ErrorCount" as never] } },
    "Only EventCount metrics are supported for event source mappings.",
  ],
  [
    { destinationConfig: { onSuccess: { destination: "x" } } as never },
    "OnSuccess is not supported on event source mappings, only OnFailure.",
  ],
  [{ batchsize: 3 } as never, "There is no setting batchsize."],
])("A2 %j is refused", (settings, message) => {
  expect(() => validateSettings(settings)).toThrow(MappingError);
  expect(() => validateSettings(settings)).toThrow(message);
});

test("A2 two violations are told together", () => {
  expect(() => validateSettings({ batchSize: 0, parallelizationFactor: 11 })).toThrow(
    /^2 validation errors detected: Value '0' at 'batchSize'.*; Value '11' at 'parallelizationFactor'/,
  );
});

test.each<[MappingSettings, MappingErrorCode]>([
  [{ batchSize: 0 }, "ValidationException"],
  [{ parallelizationFactor: 11 }, "ValidationException"],
  [{ startingPosition: "NOW" as never }, "ValidationException"],
  [{ functionResponseTypes: ["Everything" as never] }, "ValidationException"],
  [{ destinationConfig: { onFailure: { destination: "failures" } } }, "ValidationException"],
  [{ batchSize: 0, startingPosition: undefined as never }, "ValidationException"],
  [{ startingPosition: undefined as never }, "InvalidParameterValueException"],
  [{ maximumRecordAgeInSeconds: 59 }, "InvalidParameterValueException"],
  [{ filterCriteria: { filters: [{ pattern: "{" }] } }, "InvalidParameterValueException"],
])("A16 %j: what the API's model refuses is a %s", (settings, code) => {
  const given: MappingSettings = { startingPosition: "LATEST", ...settings };
  expect(() => validateSettings(given, { strict: true })).toThrow(
    expect.objectContaining({ code, name: code, statusCode: 400 }),
  );
});

test("A16 so is a filter's pattern of more than 4096 characters", () => {
  const filterCriteria = { filters: [{ pattern: " ".repeat(4097) }] };
  expect(() => validateSettings({ filterCriteria })).toThrow(
    expect.objectContaining({ code: "ValidationException" }),
  );
});

test("A2 a failure destination that is no ARN is refused with the API's pattern", () => {
  const given = (destination: string) => ({ destinationConfig: { onFailure: { destination } } });
  expect(() => validateSettings(given("failures"))).toThrow(
    "Value 'failures' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: $|kafka://",
  );
  const lambda = "arn:aws:lambda:us-east-1:123456789012:function:failures";
  expect(() => validateSettings(given(lambda))).toThrow(/neither a queue, nor a topic/);
  expect(() => validateSettings(given("kafka://failures"))).toThrow(/neither a queue, nor a topic/);
});

test("A2 a destination ARN has 350 characters at most, and an empty one removes it", () => {
  const destination = `arn:aws:sqs:us-east-1:123456789012:${"q".repeat(350)}`;
  const given = { destinationConfig: { onFailure: { destination } } };
  expect(() => validateSettings(given)).toThrow(/length less than or equal to 350/);
  const t = rig();
  const mapping = t.map({ destinationConfig: { onFailure: { destination: "" } } });
  expect(mapping.describe().DestinationConfig).toEqual({ OnFailure: {} });
});

test("A2 a destination without anything that takes documents there is refused", () => {
  const t = rig();
  const destination = "arn:aws:sqs:us-east-1:123456789012:failures";
  const settings = { destinationConfig: { onFailure: { destination } } };
  expect(() => t.map(settings, undefined, { onFailure: undefined as never })).toThrow(
    /nothing takes documents there: give `onFailure`/,
  );
});

test("A16 a missing starting position is refused where AWS's rule is asked for", () => {
  expect(() => validateSettings({}, { strict: true })).toThrow(
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
  );
  expect(validateSettings({})).toEqual([]);
});

test.each<[MappingSettings, string]>([
  [{ startingPosition: "AT_TIMESTAMP" }, "Need to specify a timestamp"],
  [
    { startingPosition: "TRIM_HORIZON", startingPositionTimestamp: 1 },
    "Timestamp only valid with StartingPosition AT_TIMESTAMP",
  ],
  [
    { startingPosition: "LATEST", startingPositionTimestamp: new Date(0) },
    "Timestamp only valid with StartingPosition AT_TIMESTAMP",
  ],
  [
    { startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: 2e9 },
    "Received Exception while reading from provided stream. The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: 2000000000000, currentTimestampInMillis: 1767225600000",
  ],
])("A16 %j is refused", (settings, message) => {
  const t = rig();
  expect(() => t.map(settings)).toThrow(message);
  try {
    t.map(settings);
  } catch (error) {
    expect(error).toMatchObject({ code: "InvalidParameterValueException", statusCode: 400 });
  }
});

test("A17 an unknown stream is refused by its ARN", () => {
  const t = rig();
  expect(() => t.map({}, undefined, { stream: "refunds" })).toThrow(
    "Stream not found: arn:aws:kinesis:us-east-1:123456789012:stream/refunds",
  );
});

test("A17 a stream and a function are joined once; a version and an alias count as others", async () => {
  const t = rig();
  const mappings = mappingRegistry();
  const create = (qualifier?: string) =>
    mappings.create({
      kinesis: t.kinesis,
      stream: "orders",
      settings: { startingPosition: "TRIM_HORIZON" },
      functionName: "departures",
      ...(qualifier && { qualifier }),
      invoke: () => {},
    });
  const first = create();
  create("live");
  create("7");
  try {
    create();
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: "ResourceConflictException", statusCode: 409 });
    expect(String(error)).toContain(`existing mapping with UUID ${first.uuid}`);
  }
  expect(mappings.list()).toHaveLength(3);
  await mappings.delete(first.uuid);
  expect(() => mappings.get(first.uuid)).toThrow("The resource you requested does not exist.");
  expect(create().uuid).not.toBe(first.uuid);
});

test("A18 a batch size above 10 needs no batching window", () => {
  expect(validateSettings({ batchSize: 101, maximumBatchingWindowInSeconds: 0 })).toEqual([]);
});

test("A19 a tumbling window excludes lanes and filters", () => {
  const filters = [{ pattern: { data: { a: [1] } } }];
  expect(() => validateSettings({ tumblingWindowInSeconds: 60, parallelizationFactor: 2 })).toThrow(
    /cannot be combined with a ParallelizationFactor/,
  );
  expect(() =>
    validateSettings({ tumblingWindowInSeconds: 60, filterCriteria: { filters } }),
  ).toThrow(/cannot be combined with FilterCriteria/);
  expect(
    validateSettings({ tumblingWindowInSeconds: 60, filterCriteria: { filters: [] } }),
  ).toEqual([]);
});

test("A19 also when an update brings the two together", () => {
  const t = rig();
  const mapping = t.map({ parallelizationFactor: 2 });
  expect(() => mapping.update({ tumblingWindowInSeconds: 60 })).toThrow(/cannot be combined/);
});

test.each(["provisionedPollerConfig", "loggingConfig", "scalingConfig"])(
  "A92 %s is not for Kinesis",
  (name) => {
    expect(() => validateSettings({ [name]: {} })).toThrow(`${name} is a setting for`);
  },
);
