import { App, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Stream } from "aws-cdk-lib/aws-kinesis";
import { Runtime, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { KinesisEventSource, SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { Queue } from "aws-cdk-lib/aws-sqs";

const stack = new Stack(new App(), "shardmill-example");

const orders = new Stream(stack, "Orders", {
  streamName: "orders",
  shardCount: 1,
  retentionPeriod: Duration.days(7),
});

/** What is done in each shard, and the records that were parked, which may be nowhere else any more. */
const progress = new Table(stack, "ProgressTable", {
  partitionKey: { name: "pk", type: AttributeType.STRING },
  sortKey: { name: "sk", type: AttributeType.STRING },
  timeToLiveAttribute: "expiresAt",
  billingMode: BillingMode.PAY_PER_REQUEST,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
});

const failures = new Queue(stack, "Failures", { retentionPeriod: Duration.days(14) });

const invoices = new NodejsFunction(stack, "Invoices", {
  entry: "src/handler.ts",
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(60),
  environment: { PROGRESS_TABLE: progress.tableName },
  bundling: { format: OutputFormat.ESM, sourceMap: true, externalModules: ["@aws-sdk/*"] },
});
progress.grantReadWriteData(invoices);
orders.grant(invoices, "kinesis:ListShards");

invoices.addEventSource(
  new KinesisEventSource(orders, {
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 500,
    maxBatchingWindow: Duration.seconds(1),
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    // The handler parks after maxAttempts.
    retryAttempts: -1,
    // A day less than the stream keeps records.
    maxRecordAge: Duration.days(6),
    onFailure: new SqsDlq(failures),
  }),
);
