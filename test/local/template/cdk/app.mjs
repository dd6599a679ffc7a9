/** The app that cdk.out was made from: npm install aws-cdk-lib, node app.mjs. It is not run by the tests. */
import { App, Duration, Stack } from "aws-cdk-lib";
import { AttributeType, Table, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Stream, StreamConsumer } from "aws-cdk-lib/aws-kinesis";
import {
  Code,
  Function as LambdaFunction,
  Runtime,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import {
  KinesisConsumerEventSource,
  KinesisEventSource,
  S3OnFailureDestination,
  SqsDlq,
} from "aws-cdk-lib/aws-lambda-event-sources";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Topic } from "aws-cdk-lib/aws-sns";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue } from "aws-cdk-lib/aws-sqs";

const app = new App({ outdir: "cdk.out", analyticsReporting: false });
const stack = new Stack(app, "Shop");
const stream = new Stream(stack, "Flights", { shardCount: 2, retentionPeriod: Duration.days(7) });
const progress = new TableV2(stack, "Progress", {
  partitionKey: { name: "pk", type: AttributeType.STRING },
  sortKey: { name: "sk", type: AttributeType.STRING },
  timeToLiveAttribute: "expiresAt",
});
const counts = new Table(stack, "Counts", {
  partitionKey: { name: "airport", type: AttributeType.STRING },
});
const failures = new Bucket(stack, "Failures");
const dead = new Queue(stack, "Dead", { visibilityTimeout: Duration.minutes(2) });
new Topic(stack, "News").addSubscription(new SqsSubscription(dead, { rawMessageDelivery: true }));

const departures = new LambdaFunction(stack, "Departures", {
  code: Code.fromAsset("built"),
  handler: "departures.handler",
  runtime: Runtime.NODEJS_22_X,
  timeout: Duration.seconds(30),
  environment: { COUNTS_TABLE: counts.tableName, DEAD_URL: dead.queueUrl },
});
counts.grantWriteData(departures);
progress.grantReadWriteData(departures);
departures.addEventSource(
  new KinesisEventSource(stream, {
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 500,
    reportBatchItemFailures: true,
    onFailure: new S3OnFailureDestination(failures),
  }),
);

const consumer = new StreamConsumer(stack, "Fast", { streamConsumerName: "fast", stream });
const arrivals = new LambdaFunction(stack, "Arrivals", {
  code: Code.fromAsset("built"),
  handler: "departures.handler",
  runtime: Runtime.NODEJS_22_X,
});
arrivals.addEventSource(
  new KinesisConsumerEventSource(consumer, {
    startingPosition: StartingPosition.LATEST,
    onFailure: new SqsDlq(dead),
  }),
);
app.synth();
