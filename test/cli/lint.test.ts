/** `shardmill lint`, check by check: what it finds, and where it has nothing to say. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../packages/cli/src/lint/reader.ts";
import { lint, type Oddity, temporaryProject, withoutSdk, writeProject } from "./lint-project.ts";

interface Case {
  readonly check: string;
  readonly when: string;
  /** None: the check stays quiet. */
  readonly finds?: Partial<Record<keyof Finding, unknown>>;
  readonly in: Oddity;
}

const none = undefined;
const fires = (check: string, when: string, oddity: Oddity, finds: Case["finds"] = {}): Case => ({
  ...{ check, when, finds },
  in: oddity,
});
const quiet = (check: string, when: string, oddity: Oddity = {}): Case => ({
  ...{ check, when },
  in: oddity,
});

const withParking = "park: dynamodbParking({ tableName }), maxAttempts: 5,";
const aggregate = "aggregate: { records: count() }";
const ofMapping = `window: lambdaWindow({ ${aggregate} }),`;
const ownWindows = `window: tumbling({ seconds: 60 }, { ${aggregate} }),`;
const readStream = ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"];
const allow = (...Action: string[]) => ({ Effect: "Allow", Action, Resource: "*" });
const saveProgress = allow("dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PutItem");
const writeDocuments = allow("s3:PutObject", "s3:ListBucket");
const enough = [allow(...readStream), saveProgress, writeDocuments];
const filter = (pattern: unknown) => ({
  FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] },
});
const noDestination = { DestinationConfig: none };

const cases: readonly Case[] = [
  fires(
    "handler-does-not-start",
    "a variable is missing",
    { function: { Environment: none } },
    { what: expect.stringContaining("PROGRESS_TABLE") },
  ),
  fires(
    "handler-does-not-start",
    "it cannot be built",
    { module: 'import { nothing } from "./nowhere.ts";\nexport const handler = nothing;' },
    { what: expect.stringMatching(/nowhere\.ts/) },
  ),
  fires(
    "handler-does-not-start",
    "its process ends",
    { module: "process.exit(3);\nexport const handler = () => {};" },
    { what: expect.stringContaining("ended with status 3") },
  ),
  quiet("handler-does-not-start", "it is not made by kinesisConsumer", {
    module: "export const handler = async () => {};",
  }),

  fires(
    "settings-refused",
    "a setting is out of its range",
    { mapping: { BatchSize: 10_001 } },
    { what: expect.stringContaining("'10001' at 'batchSize'") },
  ),
  fires(
    "settings-refused",
    "a filter is no pattern",
    { mapping: { FilterCriteria: { Filters: [{ Pattern: '{"data":{"id":[{"prefix":7}]}}' }] } } },
    {
      what: 'Lambda refuses the mapping: Invalid filter pattern definition. The field "data.id": "prefix" takes a string.',
    },
  ),
  quiet("settings-refused", "settings are at their limits", {
    mapping: { BatchSize: 10_000, MaximumRecordAgeInSeconds: 60 },
    function: { Timeout: 900 },
  }),

  fires(
    "partial-responses-off",
    "FunctionResponseTypes are left out",
    { mapping: { FunctionResponseTypes: none } },
    {
      why: expect.stringContaining("lost"),
      change: "FunctionResponseTypes: [ReportBatchItemFailures]",
    },
  ),
  quiet("partial-responses-off", "the handler is none of ours", {
    module: "export const handler = async () => {};",
    mapping: { FunctionResponseTypes: none },
  }),

  fires(
    "retries-below-attempts",
    "retries end before attempts do",
    { options: withParking, mapping: { MaximumRetryAttempts: 4 } },
    { what: expect.stringContaining("is 4, and the handler parks a record after 5 attempts") },
  ),
  quiet("retries-below-attempts", "there are as many retries as attempts", {
    options: withParking,
    mapping: { MaximumRetryAttempts: 5 },
  }),
  quiet("retries-below-attempts", "retries have no end", {
    options: withParking,
    mapping: { MaximumRetryAttempts: -1 },
  }),
  quiet("retries-below-attempts", "nothing is parked", { mapping: { MaximumRetryAttempts: 2 } }),

  fires(
    "discarded-without-trace",
    "retries are finite",
    {
      mapping: { ...noDestination, MaximumRetryAttempts: 3, MaximumRecordAgeInSeconds: none },
    },
    { what: "MaximumRetryAttempts is 3, and there is no destination on failure." },
  ),
  fires(
    "discarded-without-trace",
    "there is a record age",
    { mapping: { ...noDestination } },
    { what: "MaximumRecordAgeInSeconds is 518400, and there is no destination on failure." },
  ),
  quiet("discarded-without-trace", "nothing is discarded", {
    mapping: { ...noDestination, MaximumRecordAgeInSeconds: -1 },
  }),
  quiet("discarded-without-trace", "there is a destination", {
    mapping: { MaximumRetryAttempts: 3 },
  }),

  fires(
    "timestamp-lost",
    "AT_TIMESTAMP stands alone",
    { mapping: { StartingPosition: "AT_TIMESTAMP" } },
    { change: "StartingPositionTimestamp: <epoch seconds>" },
  ),
  quiet("timestamp-lost", "the timestamp is there", {
    mapping: { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: 1_767_225_600 },
  }),

  fires("filter-on-data-that-is-not-json", "the data is compressed", {
    options: "decode: cloudWatchLogs(),",
    mapping: filter({ data: { messageType: ["DATA_MESSAGE"] } }),
  }),
  quiet("filter-on-data-that-is-not-json", "the data is JSON", {
    mapping: filter({ data: { type: ["order"] } }),
  }),
  quiet("filter-on-data-that-is-not-json", "nobody says what the data is", {
    options: "decode: text(),",
    mapping: filter({ data: { type: ["order"] } }),
  }),
  quiet("filter-on-data-that-is-not-json", "the filter does not look into the data", {
    options: "decode: cloudWatchLogs(),",
    mapping: filter({ partitionKey: ["a"] }),
  }),

  fires(
    "starts-at-latest",
    "StartingPosition is LATEST",
    { mapping: { StartingPosition: "LATEST" } },
    { change: "StartingPosition: TRIM_HORIZON" },
  ),
  quiet("starts-at-latest", "it is TRIM_HORIZON"),

  fires(
    "timeout-too-short",
    "a record has next to no time",
    { function: { Timeout: 3 }, mapping: { BatchSize: 10_000 } },
    { what: expect.stringContaining("leaves 2 ms for each record: 10000 records a batch") },
  ),
  fires(
    "timeout-too-short",
    "the margin is the timeout",
    { options: "marginMs: 60_000," },
    { what: expect.stringContaining("leaves no time at all") },
  ),
  fires(
    "timeout-too-short",
    "a call of processBatch has next to no time",
    {
      options: "process: undefined, processBatch() {}, maxItems: 10, concurrency: 1,",
      function: { Timeout: 11 },
      mapping: { BatchSize: 1000 },
    },
    { what: expect.stringContaining("leaves 100 ms for each call of processBatch") },
  ),
  quiet("timeout-too-short", "many records go into one call", {
    options: "process: undefined, processBatch() {},",
    function: { Timeout: 6 },
    mapping: { BatchSize: 10_000 },
  }),
  quiet("timeout-too-short", "there is time for a request a record", {
    function: { Timeout: 3 },
    mapping: { BatchSize: 100 },
  }),

  fires(
    "permission-missing",
    "the progress table cannot be written",
    { statements: [allow(...readStream), writeDocuments, allow("dynamodb:Query")] },
    {
      what: expect.stringMatching(/may not dynamodb:BatchGetItem, dynamodb:PutItem on .*:table\//),
    },
  ),
  fires(
    "permission-missing",
    "the stream cannot be read",
    { statements: [saveProgress, writeDocuments] },
    { what: expect.stringContaining("may not kinesis:DescribeStream, kinesis:GetRecords") },
  ),
  fires(
    "permission-missing",
    "the destination cannot be written",
    { statements: [allow(...readStream), saveProgress] },
    { what: expect.stringMatching(/may not s3:PutObject on arn:aws:s3:::.*bucket\/aws\/lambda\//) },
  ),
  fires(
    "permission-missing",
    "records cannot be parked",
    { options: withParking, statements: enough },
    { what: expect.stringContaining("may not dynamodb:UpdateItem") },
  ),
  fires(
    "permission-missing",
    "records cannot be parked in a bucket",
    {
      options: 'park: s3Parking({ bucket: "lost-and-found" }),',
      statements: [
        allow(...readStream),
        saveProgress,
        { ...writeDocuments, Resource: ["arn:aws:s3:::stack*"] },
      ],
    },
    { what: expect.stringContaining("s3:PutObject on arn:aws:s3:::lost-and-found/parked/") },
  ),
  fires(
    "permission-missing",
    "records cannot be parked in a queue",
    {
      options: 'park: sqsParking({ queueUrl: "https://sqs.eu-west-1.amazonaws.com/1/parked" }),',
      statements: enough,
    },
    { what: expect.stringMatching(/may not sqs:SendMessage on arn:aws:sqs:[^:]*:\d*:parked\./) },
  ),
  fires(
    "permission-missing",
    "unique ids need a shard's parents",
    { options: "uniqueId: () => undefined,", statements: enough },
    { what: expect.stringContaining("may not kinesis:ListShards") },
  ),
  fires(
    "permission-missing",
    "the strict deaggregator needs a shard's hash keys",
    { options: "deaggregator: strictDeaggregator(),", statements: enough },
    { what: expect.stringContaining("may not kinesis:ListShards") },
  ),
  fires(
    "permission-missing",
    "what is allowed is denied elsewhere",
    { statements: [...enough, { Effect: "Deny", Action: "dynamodb:Put*", Resource: "*" }] },
    { what: expect.stringContaining("may not dynamodb:PutItem") },
  ),
  fires("permission-missing", "a condition does not make a wrong resource right", {
    statements: [
      allow(...readStream),
      writeDocuments,
      { ...saveProgress, Resource: "arn:aws:dynamodb:*:*:table/other" },
    ],
  }),
  quiet("permission-missing", "each action is allowed", { statements: enough }),
  quiet("permission-missing", "patterns allow it", {
    statements: [allow("kinesis:*"), allow("DynamoDB:*"), allow("s3:*")],
  }),
  quiet("permission-missing", "all but something else is allowed", {
    statements: [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }],
  }),
  quiet("permission-missing", "AWS's own policy allows it", {
    statements: [saveProgress, writeDocuments],
    managedPolicies: ["arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole"],
  }),
  quiet("permission-missing", "a policy is not known here", {
    statements: [],
    managedPolicies: ["arn:aws:iam::123456789012:policy/ours"],
  }),
  quiet("permission-missing", "the role is not in the template", {
    statements: [],
    function: { Role: "arn:aws:iam::123456789012:role/elsewhere" },
  }),

  fires(
    "permission-missing",
    "windows may not learn of a reshard",
    { options: ownWindows, statements: enough },
    { what: expect.stringMatching(/may not kinesis:ListShards on /) },
  ),

  fires(
    "parallelization-unknown-to-handler",
    "the mapping has lanes",
    { mapping: { ParallelizationFactor: 2 } },
    { why: expect.stringContaining("aggregated records") },
  ),
  quiet("parallelization-unknown-to-handler", "the handler knows of them", {
    options: "parallelizationFactor: 2,",
    mapping: { ParallelizationFactor: 2 },
  }),

  fires(
    "tumbling-window-unfit",
    "the mapping has none",
    { options: `progress: undefined, ${ofMapping}` },
    { change: "TumblingWindowInSeconds: <1 to 900>" },
  ),
  fires(
    "tumbling-window-unfit",
    "the handler keeps windows of its own",
    { options: ownWindows, mapping: { TumblingWindowInSeconds: 60 } },
    { what: "TumblingWindowInSeconds is 60, and the handler does not count in such windows." },
  ),
  quiet("tumbling-window-unfit", "the handler counts in it", {
    options: `progress: undefined, ${ofMapping}`,
    mapping: { TumblingWindowInSeconds: 60 },
  }),
  quiet("tumbling-window-unfit", "neither has windows of Lambda's", { options: ownWindows }),

  fires(
    "consumer-name-shared",
    "two functions read one stream under one name",
    {
      options: 'consumer: "twins", progress: dynamodbProgress({ tableName: "shared" }),',
    },
    { why: expect.stringContaining("each skips the records that the other has done") },
  ),
  fires(
    "consumer-name-shared",
    "two functions read two streams under one name",
    { options: 'consumer: "cousins", progress: dynamodbProgress({ tableName: "shared" }),' },
    { why: expect.stringContaining("stand in one list") },
  ),
  quiet("consumer-name-shared", "names are different", {
    options: 'consumer: "only", progress: dynamodbProgress({ tableName: "shared" }),',
  }),
  quiet("consumer-name-shared", "tables are different", { options: 'consumer: "cousins",' }),

  fires(
    "progress-kept-too-short",
    "the stream keeps records longer",
    { stream: { RetentionPeriodHours: 720 } },
    { change: "In the handler's options: retentionInHours: 720" },
  ),
  quiet("progress-kept-too-short", "the handler knows the retention", {
    stream: { RetentionPeriodHours: 720 },
    options: "retentionInHours: 720,",
  }),

  fires(
    "progress-table-unfit",
    "the key is another",
    { table: { KeySchema: [{ AttributeName: "id", KeyType: "HASH" }] } },
    { what: "The key of the progress table is id HASH." },
  ),
  quiet("progress-table-unfit", "the table is as it should be"),
];

const nameOf = (index: number) => `F${index}`;
const project = await temporaryProject();
let findings: readonly Finding[];

beforeAll(async () => {
  const functions = Object.fromEntries(cases.map((one, index) => [nameOf(index), one.in]));
  const [twins, cousins] = cases.flatMap(({ check, finds }, index) =>
    check === "consumer-name-shared" && finds ? [index] : [],
  );
  await withoutSdk(project.folder);
  await writeProject(project.folder, {
    ...functions,
    Twin: { ...cases[twins!]!.in, streamOf: nameOf(twins!) },
    Cousin: cases[cousins!]!.in,
  });
  const { status, out } = await lint(project.folder, "--json");
  expect(status).toBe(1);
  ({ findings } = JSON.parse(out));
}, 120_000);
afterAll(() => project.remove());

/** What was found in the function of a case, by any of its resources. */
function findingsIn(index: number): Finding[] {
  const own = new RegExp(`^${nameOf(index)}([A-Z].*)?$`);
  return findings.filter(({ logicalId }) => own.test(logicalId));
}

describe.each([...new Set(cases.map(({ check }) => check))])("%s", (check) => {
  const numbered = cases.map((one, index) => ({ ...one, index }));
  it.each(numbered.filter((one) => one.check === check && one.finds))(
    "fires where $when",
    ({ index, finds }) => {
      const found = findingsIn(index).filter((finding) => finding.check === check);
      expect(found).toContainEqual(expect.objectContaining(finds!));
      for (const { place, what, why, change } of found) {
        expect(place.file).toMatch(/template\.json$/);
        expect(place.line).toBeGreaterThan(1);
        for (const text of [what, why, change]) expect(text).toMatch(/\w/);
      }
    },
  );
  it.each(numbered.filter((one) => one.check === check && !one.finds))(
    "stays quiet where $when",
    ({ index }) => {
      expect(findingsIn(index).map((finding) => finding.check)).not.toContain(check);
    },
  );
});
