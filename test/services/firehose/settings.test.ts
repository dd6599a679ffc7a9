import { expect, test } from "vitest";
import { FirehoseError } from "../../../packages/services/src/firehose/index.ts";
import { bucketArn, processing, processor, rig, toS3 } from "./rig.ts";

test.each([
  ["SnowflakeDestinationConfiguration", "Snowflake"],
  ["IcebergDestinationConfiguration", "Iceberg"],
  ["MSKSourceConfiguration", "an MSK topic"],
  ["DatabaseSourceConfiguration", "a database"],
])("%s is named as not run locally.", (property, what) => {
  expect(() => rig({ [property]: {} })).toThrow(
    `Delivery stream orders.${property} asks for ${what}, which is not run locally`,
  );
});

const endpoint = {
  EndpointConfiguration: { Url: "https://vendor.example" },
  S3Configuration: { BucketARN: bucketArn },
};

test.each<[object, string]>([
  [{}, "has 0 destinations"],
  [{ ...toS3(), HttpEndpointDestinationConfiguration: endpoint }, "has 2 destinations"],
  [
    { ...toS3(), DeliveryStreamTyp: "DirectPut" },
    "DeliveryStreamTyp is no property that is run here",
  ],
  [toS3({ BucketARN: "archive" }), 'BucketARN is "archive", and must be arn:aws:s3:::<bucket>.'],
  [
    toS3({ BucketARN: { "Fn::GetAtt": ["Bucket", "Arn"] } }),
    "must be text: resolve the reference first",
  ],
  [toS3({ Prefx: "a" }), "Prefx is no property"],
  [toS3({ BufferingHints: { SizeInMBs: 5 } }), "needs both or none"],
  [
    toS3({ BufferingHints: { SizeInMBs: 129, IntervalInSeconds: 60 } }),
    "SizeInMBs is 129, and must be a number from 1 to 128",
  ],
  [toS3({ BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 901 } }), "a number from 0 to 900"],
  [toS3({ S3BackupMode: "Enabled" }), "S3BackupConfiguration is missing."],
  [toS3({ S3BackupMode: "All" }), "one of Disabled, Enabled"],
  [
    { ...toS3(), DeliveryStreamType: "KinesisStreamAsSource" },
    "KinesisStreamSourceConfiguration is missing.",
  ],
  [
    { ...toS3(), KinesisStreamSourceConfiguration: { KinesisStreamARN: "arn" } },
    "needs a DeliveryStreamType of KinesisStreamAsSource",
  ],
  [toS3(processing(processor("Uppercase"))), 'Type is "Uppercase", and must be one of'],
  [toS3(processing(processor("Lambda"))), "LambdaArn is missing."],
  [
    toS3(processing(processor("Lambda", { LambdaArn: "a", BufferSizeInMBs: "4" }))),
    "a number from 0.2 to 3",
  ],
  [
    toS3(processing(processor("Lambda", { LambdaArn: "a", Retries: "4" }))),
    "Retries is no property",
  ],
  [
    toS3(processing(processor("AppendDelimiterToRecord"), processor("AppendDelimiterToRecord"))),
    "is there twice",
  ],
  [
    toS3(processing(processor("CloudWatchLogProcessing", { DataMessageExtraction: "true" }))),
    "needs a Decompression processor",
  ],
  [
    toS3(
      processing(processor("RecordDeAggregation", { SubRecordType: "DELIMITED", Delimiter: "#" })),
    ),
    "must be in base64",
  ],
  [
    {
      HttpEndpointDestinationConfiguration: {
        ...endpoint,
        EndpointConfiguration: { Url: "vendor" },
      },
    },
    "must be an https URL",
  ],
  [
    { HttpEndpointDestinationConfiguration: { EndpointConfiguration: { Url: "https://a" } } },
    "S3Configuration is missing.",
  ],
  [
    {
      HttpEndpointDestinationConfiguration: {
        ...endpoint,
        BufferingHints: { SizeInMBs: 65, IntervalInSeconds: 1 },
      },
    },
    "a number from 1 to 64",
  ],
  [
    {
      HttpEndpointDestinationConfiguration: {
        ...endpoint,
        RetryOptions: { DurationInSeconds: 7201 },
      },
    },
    "a number from 0 to 7200",
  ],
  [
    {
      HttpEndpointDestinationConfiguration: {
        ...endpoint,
        SecretsManagerConfiguration: { Enabled: "true" },
      },
    },
    "SecretARN is missing.",
  ],
])("Refused: %j.", (settings, why) => {
  expect(() => rig(settings)).toThrow(FirehoseError);
  expect(() => rig(settings)).toThrow(why);
});

test("A query without partitions is refused for an endpoint, too.", () => {
  const query = processor("MetadataExtraction", { MetadataExtractionQuery: "{a:.a}" });
  expect(() =>
    rig({ HttpEndpointDestinationConfiguration: { ...endpoint, ...processing(query) } }),
  ).toThrow("needs dynamic partitioning");
});

test("Numbers and booleans may be text, as templates have them.", async () => {
  const { stream, put, texts, clock } = rig(
    toS3({
      BufferingHints: { SizeInMBs: "1", IntervalInSeconds: "60" },
      ProcessingConfiguration: {
        Enabled: "true",
        Processors: [processor("AppendDelimiterToRecord")],
      },
    }),
  );
  const at = clock.now();
  put("a");
  await stream.drain();
  expect(texts()).toEqual(["a\n"]);
  expect(clock.now()).toBe(at + 60_000);
});

test("Processors that are not enabled do nothing.", async () => {
  const { stream, put, texts } = rig(
    toS3({
      ProcessingConfiguration: {
        Enabled: false,
        Processors: [processor("AppendDelimiterToRecord")],
      },
    }),
  );
  put("a");
  await stream.drain();
  expect(texts()).toEqual(["a"]);
});

test("The older S3DestinationConfiguration is run, too.", async () => {
  const { stream, put, texts } = rig({ S3DestinationConfiguration: { BucketARN: bucketArn } });
  put("a");
  await stream.drain();
  expect(texts()).toEqual(["a"]);
});

test("What changes nothing on one machine is taken.", () => {
  const { stream } = rig({
    DeliveryStreamName: "orders",
    DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
    DirectPutSourceConfiguration: { ThroughputHintInMBs: 1 },
    Tags: [{ Key: "team", Value: "a" }],
    ...toS3({
      RoleARN: "arn:aws:iam::123456789012:role/firehose",
      CloudWatchLoggingOptions: { Enabled: true },
      EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
    }),
  });
  expect(stream.warnings).toEqual([]);
});

test("A delivery stream has a name that AWS would take.", () => {
  expect(() => rig(toS3(), { name: "my orders" })).toThrow('cannot be named "my orders"');
});
