/** What a store is given is looked at when the function starts, and not when the first record needs it. */
import { DynamoDB, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { RedshiftDataClient } from "@aws-sdk/client-redshift-data";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { onceStreamWide } from "shardmill";
import { dynamodbIds, dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { reingest } from "shardmill/firehose";
import { s3Overflow, s3Parking, s3Payloads } from "shardmill/s3";
import {
  dynamodbSink,
  firehoseSink,
  httpSink,
  kinesisSink,
  ndjson,
  opensearchSink,
  redshiftSink,
  s3Sink,
} from "shardmill/sinks";
import { sqsParking } from "shardmill/sqs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => {
  vi.stubEnv("PROGRESS_TABLE", undefined);
  vi.stubEnv("AWS_REGION", "us-east-1");
});
afterEach(() => void vi.unstubAllEnvs());

type Make = (options?: any) => unknown;

const table = { tableName: "t" };
const bucket = { bucket: "b" };
const warehouse = {
  ...{ ...bucket, workgroupName: "w", database: "d", table: "t", columns: ["a"] },
};
const queue = { queueUrl: "https://q" };

/** Who takes a client: under which option, which kind, and what else is needed. */
const takers: readonly [who: string, make: Make, option: string, Client: any, others: object][] = [
  ["dynamodbProgress", dynamodbProgress, "client", DynamoDBClient, table],
  ["dynamodbParking", dynamodbParking, "client", DynamoDBClient, table],
  ["dynamodbIds", dynamodbIds, "client", DynamoDBClient, table],
  ["s3Parking", s3Parking, "client", S3Client, bucket],
  ["s3Payloads", s3Payloads, "client", S3Client, bucket],
  ["s3Overflow", s3Overflow, "client", S3Client, bucket],
  ["sqsParking", sqsParking, "client", SQSClient, queue],
  ["dynamodbSink", dynamodbSink as Make, "client", DynamoDBClient, { ...table, key: ["id"] }],
  ["firehoseSink", firehoseSink as Make, "client", FirehoseClient, { deliveryStreamName: "d" }],
  ["kinesisSink", kinesisSink as Make, "client", KinesisClient, { streamName: "s" }],
  ["s3Sink", s3Sink as Make, "client", S3Client, { ...bucket, format: ndjson() }],
  ["redshiftSink", redshiftSink as Make, "client", RedshiftDataClient, warehouse],
  ["redshiftSink", redshiftSink as Make, "s3", S3Client, warehouse],
  ["reingest", reingest, "firehose", FirehoseClient, {}],
  ["reingest", reingest, "kinesis", KinesisClient, {}],
];

/** Of the SDK's version 2, as far as it matters. */
class DocumentClient {
  readonly secretAccessKey = "a secret";
  query() {}
}

describe.each(takers)("%s", (who, make, option, Client, others) => {
  it.each([
    ["a client of the SDK's version 2", new DocumentClient()],
    ["a class without new", Client],
    ["a promise of a client", Promise.resolve(new Client({}))],
    ["its settings", { region: "us-east-1", credentials: { secretAccessKey: "a secret" } }],
    ["null", null],
    ["its name", "client"],
  ])(`refuses as ${option} %s, with a sentence that tells no secret`, (_, given) => {
    const message = refusal(() => make({ ...others, [option]: given }));
    expect(message).toMatch(
      new RegExp(`^${who}: ${option} must be .*new ${Client.name}\\(\\{\\}\\).*; it is .+\\.$`),
    );
    expect(message).not.toContain("secret");
  });

  it(`takes as ${option} a client, what hands commands on, or none`, () => {
    for (const given of [new Client({}), { send: async () => ({}) }, undefined]) {
      expect(() => make({ ...others, [option]: given })).not.toThrow();
    }
  });
});

it("DynamoDB's stores take each of the SDK's clients", () => {
  for (const client of [new DynamoDB({}), DynamoDBDocumentClient.from(new DynamoDBClient({}))]) {
    expect(() => dynamodbProgress({ ...table, client })).not.toThrow();
  }
});

const places: readonly [who: string, make: Make, option: string][] = [
  ["dynamodbProgress", dynamodbProgress, "tableName"],
  ["dynamodbParking", dynamodbParking, "tableName"],
  ["dynamodbIds", dynamodbIds, "tableName"],
  ["s3Parking", s3Parking, "bucket"],
  ["s3Payloads", s3Payloads, "bucket"],
  ["s3Overflow", s3Overflow, "bucket"],
  ["dynamodbSink", (options) => dynamodbSink({ key: ["id"], ...options }), "tableName"],
  ["firehoseSink", firehoseSink as Make, "deliveryStreamName"],
  ["kinesisSink", kinesisSink as Make, "streamName"],
  ["httpSink", httpSink as Make, "url"],
  ["s3Sink", (options) => s3Sink({ format: ndjson(), ...options }), "bucket"],
  ...["bucket", "database", "table"].map((option): [string, Make, string] => [
    "redshiftSink",
    (options) => redshiftSink({ ...warehouse, ...options }),
    option,
  ]),
  ["opensearchSink", (options) => opensearchSink({ index: "a", ...options }), "endpoint"],
  ["sqsParking", sqsParking, "queueUrl"],
];

describe.each(places)("%s", (who, make, option) => {
  const variable =
    who.startsWith("dynamodb") && who !== "dynamodbSink"
      ? "PROGRESS_TABLE"
      : "its environment variable";
  const remedy = `Pass it, or set ${variable} on the function\\.$`;

  it.each([[undefined], [null], [""], [" "]])(
    `says of the ${option} %j that there is none`,
    (given) => {
      expect(refusal(() => make({ [option]: given }))).toMatch(
        new RegExp(`^${who}: no ${option}\\. ${remedy}`),
      );
    },
  );

  it.each([[42], [{ Ref: "Queue" }], [["a"]], [new URL("https://q")], [() => "a"], [true]])(
    `refuses as ${option} what is no text: %s`,
    (given) => {
      expect(refusal(() => make({ [option]: given }))).toMatch(
        new RegExp(`^${who}: ${option} must be text, and is .+\\. ${remedy}`),
      );
    },
  );
});

describe.each([
  ["s3Parking", s3Parking],
  ["s3Payloads", s3Payloads],
  ["s3Overflow", s3Overflow],
] as [string, Make][])("%s", (who, make) => {
  it.each([
    ["that is a number", 42],
    ["that is null", null],
    ["that is too long for a key", "a".repeat(1024)],
  ])("refuses a prefix %s", (_, prefix) => {
    expect(refusal(() => make({ ...bucket, prefix }))).toMatch(new RegExp(`^${who}: .*prefix`));
  });
});

describe.each([
  ["dynamodbParking", dynamodbParking, table],
  ["sqsParking", sqsParking, queue],
] as [string, Make, object][])("%s", (who, make, others) => {
  it.each([
    ["what parks records", s3Parking(bucket)],
    ["s3Payloads without a call", s3Payloads],
    ["null", null],
    ["a bucket's name", "bucket"],
  ])("refuses as overflow %s", (_, overflow) => {
    expect(refusal(() => make({ ...others, overflow }))).toMatch(
      new RegExp(`^${who}: overflow must be s3Payloads\\(.*; it is .+\\.$`),
    );
  });
});

describe.each([
  ["dynamodbParking", dynamodbParking],
  ["dynamodbIds", dynamodbIds],
] as [string, Make][])("%s", (who, make) => {
  it.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], [36_501], ["90"], [null], [9n]])(
    "refuses to keep something for %s days",
    (keepInDays) => {
      expect(refusal(() => make({ ...table, keepInDays }))).toMatch(
        new RegExp(`^${who}: keepInDays must be a number above 0 and at most 36,500; it is .+\\.$`),
      );
    },
  );
});

it.each<[string, unknown, unknown]>([
  ["dynamodbIds that was not called", dynamodbIds, () => {}],
  ["no ids", undefined, () => {}],
  ["what is to be done alone", () => {}, undefined],
  ["ids alone", { claim() {} }, undefined],
  ["a generator", { claim() {} }, function* () {}],
])("onceStreamWide refuses %s", (_, ids: any, process: any) => {
  expect(refusal(() => onceStreamWide(ids, process))).toMatch(/^onceStreamWide: its \w+ argument/);
});

/** What it throws, which is an error with a sentence. */
function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  }
  throw new Error("It was not refused.");
}
