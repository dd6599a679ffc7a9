/** docs/options.md is made from the types and what stands above them. `vitest run test/docs/options -u` writes it anew. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

interface Section {
  readonly title: string;
  readonly file: string;
  /** Names of interfaces and types, whose options follow each other. */
  readonly types: readonly string[];
}

const sections: readonly Section[] = [
  {
    title: "kinesisConsumer: always",
    file: "src/consumer/options.ts",
    types: ["CommonOptions", "DecodeOptions"],
  },
  {
    title: "kinesisConsumer: with progress",
    file: "src/consumer/options.ts",
    types: ["WithProgress"],
  },
  {
    title: "kinesisConsumer: with parking",
    file: "src/consumer/options.ts",
    types: ["WithParking"],
  },
  {
    title: "kinesisConsumer: the work, one by one or together",
    file: "src/consumer/options.ts",
    types: ["ProcessOptions", "ProcessBatchOptions"],
  },
  {
    title: "kinesisConsumer: the work, by windows",
    file: "src/consumer/options.ts",
    types: ["WindowedOptions"],
  },
  { title: "Windows", file: "src/windows/definition.ts", types: ["WindowOptions"] },
  {
    title: "Windows of Lambda's",
    file: "src/windows/lambda-window.ts",
    types: ["LambdaWindowOptions"],
  },
  {
    title: "What process and processBatch are told",
    file: "src/consumer/options.ts",
    types: ["BatchContext", "ProcessContext"],
  },
  {
    title: "dynamodbProgress, dynamodbParking, dynamodbIds",
    file: "src/aws/dynamodb/client.ts",
    types: ["DocumentClientOptions"],
  },
  {
    title: "dynamodbParking",
    file: "src/park/dynamodb-parking.ts",
    types: ["DynamodbParkingOptions"],
  },
  { title: "s3Parking", file: "src/park/s3-parking.ts", types: ["S3ParkingOptions"] },
  { title: "sqsParking", file: "src/park/sqs-parking.ts", types: ["SqsParkingOptions"] },
  { title: "dynamodbIds", file: "src/progress/dynamodb-ids.ts", types: ["DynamodbIdsOptions"] },
  { title: "json", file: "src/record/decode/json.ts", types: ["JsonOptions"] },
  { title: "gzip, zstd", file: "src/record/decode/compressed.ts", types: ["DecompressOptions"] },
  {
    title: "sqlConsumer, besides those of kinesisConsumer",
    file: "src/consumer/sql/options.ts",
    types: ["SqlSource", "Application"],
  },
  {
    title: "s3Csv, s3Json",
    file: "src/consumer/sql/s3-table.ts",
    types: ["S3TableOptions", "S3CsvOptions"],
  },
  {
    title: "sqlApplication",
    file: "src/sql/application.ts",
    types: ["SqlApplicationOptions", "SqlRunOptions"],
  },
  {
    title: "sqlApplication: source and reference",
    file: "src/sql/schema/schema.ts",
    types: ["SourceSchema", "RecordColumn"],
  },
  {
    title: "consumeVideo",
    file: "src/video/consumer/options.ts",
    types: ["ConsumeVideoOptions", "FragmentContext"],
  },
  {
    title: "notifyOnce",
    file: "src/video/inference/notify-once.ts",
    types: ["NotifyOnceOptions"],
  },
  {
    title: "dynamodbVisits",
    file: "src/video/inference/dynamodb-visits.ts",
    types: ["DynamodbVisitsOptions"],
  },
  { title: "getMedia", file: "src/video/consumer/get-media.ts", types: ["GetMediaOptions"] },
  {
    title: "readFragments, and consumeVideo",
    file: "src/video/fragment-scanner.ts",
    types: ["ReadFragmentsOptions"],
  },
  { title: "randomCutForest", file: "src/forest/options.ts", types: ["ForestOptions"] },
  { title: "hotspots", file: "src/forest/hotspots.ts", types: ["HotspotsOptions"] },
  {
    title: "firehoseTransform",
    file: "src/firehose/options.ts",
    types: ["TransformOptions", "PipelineTransformOptions", "CommonTransformOptions"],
  },
  {
    title: "kinesisProducer",
    file: "src/producer/options.ts",
    types: ["KinesisProducerOptions", "ProducerRecord"],
  },
  { title: "withId", file: "src/producer/unique-id.ts", types: ["WithIdOptions"] },
  {
    title: "flushProducer",
    file: "src/producer/middleware.ts",
    types: ["FlushProducerOptions"],
  },
  { title: "pipeline", file: "src/record/pipeline.ts", types: ["PipelineOptions"] },
  { title: "s3Overflow", file: "src/firehose/s3-overflow.ts", types: ["S3OverflowOptions"] },
  { title: "reingest", file: "src/firehose/reingest.ts", types: ["ReingestOptions"] },
  { title: "toCsv", file: "src/record/encode.ts", types: ["CsvOptions"] },
  { title: "Every sink", file: "src/sinks/sink.ts", types: ["SinkOptions"] },
  { title: "httpSink", file: "src/sinks/http-sink.ts", types: ["HttpSinkOptions"] },
  { title: "s3Sink, s3Flush", file: "src/sinks/s3/options.ts", types: ["S3SinkOptions"] },
  { title: "s3Sink: buffer", file: "src/sinks/s3/buffer.ts", types: ["BufferOptions"] },
  {
    title: "redshiftSink",
    file: "src/sinks/redshift/redshift-sink.ts",
    types: ["RedshiftSinkOptions"],
  },
  {
    title: "redshiftSink: the database",
    file: "src/sinks/redshift/data-api.ts",
    types: ["DataApiOptions"],
  },
  { title: "ndjson", file: "src/sinks/s3/formats.ts", types: ["TextFormatOptions"] },
  { title: "csv", file: "src/sinks/s3/formats.ts", types: ["CsvFormatOptions"] },
  { title: "parquet", file: "src/sinks/s3/parquet.ts", types: ["ParquetFormatOptions"] },
  {
    title: "dynamodbSink",
    file: "src/sinks/dynamodb-sink.ts",
    types: ["DynamodbSinkOptions"],
  },
  { title: "firehoseSink", file: "src/sinks/firehose-sink.ts", types: ["FirehoseSinkOptions"] },
  { title: "kinesisSink", file: "src/sinks/kinesis-sink.ts", types: ["KinesisSinkOptions"] },
  {
    title: "opensearchSink: the documents",
    file: "src/sinks/opensearch-sink.ts",
    types: ["OpensearchSinkOptions"],
  },
  {
    title: "opensearchSink: the requests",
    file: "src/sinks/opensearch-client.ts",
    types: ["OpensearchClientOptions"],
  },
  {
    title: "scaleStream",
    file: "src/scaling/handler/options.ts",
    types: ["ScaleStreamOptions", "StreamScaling"],
  },
  {
    title: "scaleStream: the policy, for all streams or for one",
    file: "src/scaling/policy.ts",
    types: ["PolicyOptions"],
  },
  {
    title: "runWorker",
    file: "src/worker/options.ts",
    types: ["WorkerOptions"],
  },
  { title: "runWorker: batch", file: "src/worker/options.ts", types: ["BatchOptions"] },
  { title: "runWorker: retry", file: "src/worker/options.ts", types: ["RetryOptions"] },
  { title: "fanOut", file: "src/worker/reading/fan-out.ts", types: ["FanOutOptions"] },
  { title: "polling", file: "src/worker/reading/polling.ts", types: ["PollingOptions"] },
  {
    title: "kclLeases",
    file: "src/worker/leases/dynamodb-table.ts",
    types: ["KclLeasesOptions"],
  },
  {
    title: "testConsumer",
    file: "src/testing/test-consumer.ts",
    types: ["TestConsumerOptions", "PutOptions"],
  },
  {
    title: "firehoseEvent",
    file: "src/testing/firehose-event.ts",
    types: ["FirehoseEventOptions"],
  },
  { title: "kinesisEvent", file: "src/testing/kinesis-event.ts", types: ["KinesisEventOptions"] },
];

function page(): string {
  return [
    "# Options",
    "Every option, from the types themselves. What is in **bold** has no default: it must be given wherever its section applies.",
    ...sections.map(section),
    "",
  ].join("\n\n");
}

function section({ title, file, types }: Section): string {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), "utf8"),
    ts.ScriptTarget.ES2023,
    true,
  );
  const rows = types.flatMap((type) => optionsOf(source, type));
  expect(rows.length, `${file}: ${types}`).toBeGreaterThan(0);
  return [
    `## ${title}`,
    ["| option | meaning | default |", "|---|---|---|", ...rows].join("\n"),
  ].join("\n\n");
}

function optionsOf(source: ts.SourceFile, name: string): string[] {
  const declaration = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
      (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) &&
      statement.name.text === name,
  );
  if (!declaration) throw new Error(`${source.fileName} has no type ${name}.`);
  const members = ts.isInterfaceDeclaration(declaration)
    ? [...declaration.members]
    : literalsIn(declaration.type);
  return members.filter(ts.isPropertySignature).filter(isGiven).map(row);
}

const literalsIn = (type: ts.TypeNode): ts.TypeElement[] => {
  if (ts.isTypeLiteralNode(type)) return [...type.members];
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) {
    return type.types.flatMap(literalsIn);
  }
  return [];
};

/** `park?: undefined` says that an option belongs elsewhere. */
const isGiven = ({ type }: ts.PropertySignature) => type?.kind !== ts.SyntaxKind.UndefinedKeyword;

function row(property: ts.PropertySignature): string {
  const name = property.name.getText();
  const [doc] = ts.getJSDocCommentsAndTags(property).filter(ts.isJSDoc);
  const text = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined) =>
    (ts.getTextOfJSDocComment(comment) ?? "").replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim();
  const byDefault = doc?.tags?.find(({ tagName }) => tagName.text === "default");
  const meaning = text(doc?.comment);
  const type = property.type!.getText().replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  return `| ${property.questionToken ? name : `**${name}**`} | \`${type}\`${meaning && `<br>${meaning}`} | ${text(byDefault?.comment)} |`;
}

it("docs/options.md says what the types say", async () => {
  await expect(page()).toMatchFileSnapshot(join(root, "docs/options.md"));
});
