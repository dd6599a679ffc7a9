/**
 * The resources of Terraform's provider for AWS as CloudFormation has them.
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs
 */
import { analyticsV1, analyticsV2 } from "./analytics.ts";
import { block, set, type Values } from "./block.ts";
import { deliveryStream } from "./firehose.ts";
import { pipe } from "./pipe.ts";
import { table } from "./table.ts";

interface TerraformKind {
  readonly type: string;
  /** By Terraform's name: CloudFormation's, or what `Ref` gives. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: (values: Values) => Values;
}

const named = (values: Values, name = "name") =>
  values[name] ?? (values[`${name}_prefix`] && `${values[`${name}_prefix`]}0`);

const json = (text: unknown) => {
  try {
    return typeof text === "string" && text !== "" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
};

const tagsOf = (tags: Values | undefined) =>
  tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** By Terraform's type. */
export const kinds: Readonly<Record<string, TerraformKind>> = {
  aws_kinesis_stream: {
    type: "AWS::Kinesis::Stream",
    attributes: { arn: "Arn", id: "Arn", name: "Ref" },
    properties: (v) => ({
      Name: v.name,
      ShardCount: set(v.shard_count),
      RetentionPeriodHours: set(v.retention_period),
      MaxRecordSizeInKiB: set(v.max_record_size_in_kib),
      StreamModeDetails: block(v.stream_mode_details) && {
        StreamMode: block(v.stream_mode_details).stream_mode,
      },
    }),
  },
  aws_kinesis_stream_consumer: {
    type: "AWS::Kinesis::StreamConsumer",
    attributes: { arn: "ConsumerARN", id: "ConsumerARN", name: "ConsumerName" },
    properties: (v) => ({ ConsumerName: v.name, StreamARN: v.stream_arn }),
  },
  aws_lambda_function: {
    type: "AWS::Lambda::Function",
    attributes: { arn: "Arn", id: "Ref", function_name: "Ref", qualified_arn: "Arn" },
    properties: (v) => ({
      FunctionName: v.function_name,
      Handler: set(v.handler),
      Runtime: set(v.runtime),
      Timeout: set(v.timeout),
      MemorySize: set(v.memory_size),
      PackageType: set(v.package_type),
      Environment: { Variables: block(v.environment)?.variables ?? {} },
      Architectures: v.architectures?.length > 0 ? v.architectures : undefined,
      Role: typeof v.role === "string" ? v.role : undefined,
      Layers: v.layers?.length > 0 ? v.layers : undefined,
      ReservedConcurrentExecutions:
        v.reserved_concurrent_executions >= 0 ? v.reserved_concurrent_executions : undefined,
    }),
  },
  aws_lambda_alias: {
    type: "AWS::Lambda::Alias",
    attributes: { arn: "Ref", id: "Ref", name: "Name" },
    properties: (v) => ({ Name: v.name, FunctionName: v.function_name }),
  },
  aws_lambda_event_source_mapping: {
    type: "AWS::Lambda::EventSourceMapping",
    attributes: { arn: "EventSourceMappingArn", uuid: "Id", id: "Id" },
    properties: (v) => {
      const { on_failure } = block(v.destination_config) ?? {};
      const { filter = [] } = block(v.filter_criteria) ?? {};
      return {
        EventSourceArn: set(v.event_source_arn),
        FunctionName: v.function_name,
        BatchSize: set(v.batch_size),
        BisectBatchOnFunctionError: v.bisect_batch_on_function_error,
        DestinationConfig: block(on_failure) && {
          OnFailure: { Destination: block(on_failure).destination_arn },
        },
        Enabled: v.enabled,
        FilterCriteria:
          filter.length > 0
            ? { Filters: filter.map(({ pattern }: Values) => ({ Pattern: pattern })) }
            : undefined,
        FunctionResponseTypes:
          v.function_response_types?.length > 0 ? v.function_response_types : undefined,
        KmsKeyArn: set(v.kms_key_arn),
        MaximumBatchingWindowInSeconds: set(v.maximum_batching_window_in_seconds),
        MaximumRecordAgeInSeconds: set(v.maximum_record_age_in_seconds),
        MaximumRetryAttempts: v.maximum_retry_attempts,
        MetricsConfig: block(v.metrics_config) && { Metrics: block(v.metrics_config).metrics },
        ParallelizationFactor: set(v.parallelization_factor),
        StartingPosition: set(v.starting_position),
        StartingPositionTimestamp: set(v.starting_position_timestamp)
          ? Date.parse(v.starting_position_timestamp) / 1000
          : undefined,
        Tags: tagsOf(v.tags),
        Topics: v.topics?.length > 0 ? v.topics : undefined,
        TumblingWindowInSeconds: set(v.tumbling_window_in_seconds),
      };
    },
  },
  aws_dynamodb_table: {
    type: "AWS::DynamoDB::Table",
    attributes: { arn: "Arn", id: "Ref", name: "Ref", stream_arn: "StreamArn" },
    properties: table,
  },
  aws_sqs_queue: {
    type: "AWS::SQS::Queue",
    attributes: { arn: "Arn", id: "Ref", url: "Ref", name: "QueueName" },
    properties: (v) => ({
      QueueName: named(v),
      FifoQueue: v.fifo_queue || undefined,
      ContentBasedDeduplication: v.content_based_deduplication || undefined,
      DelaySeconds: set(v.delay_seconds),
      MaximumMessageSize: set(v.max_message_size),
      MessageRetentionPeriod: set(v.message_retention_seconds),
      ReceiveMessageWaitTimeSeconds: set(v.receive_wait_time_seconds),
      VisibilityTimeout: set(v.visibility_timeout_seconds),
      RedrivePolicy:
        typeof v.redrive_policy === "object" ? v.redrive_policy : json(v.redrive_policy),
    }),
  },
  aws_sns_topic: {
    type: "AWS::SNS::Topic",
    attributes: { arn: "Ref", id: "Ref", name: "TopicName" },
    properties: (v) => ({ TopicName: named(v), FifoTopic: v.fifo_topic || undefined }),
  },
  aws_sns_topic_subscription: {
    type: "AWS::SNS::Subscription",
    attributes: {},
    properties: (v) => ({
      TopicArn: v.topic_arn,
      Protocol: v.protocol,
      Endpoint: v.endpoint,
      RawMessageDelivery: v.raw_message_delivery,
      FilterPolicy: json(v.filter_policy),
      FilterPolicyScope: set(v.filter_policy_scope),
    }),
  },
  aws_s3_bucket: {
    type: "AWS::S3::Bucket",
    attributes: { arn: "Arn", id: "Ref", bucket: "Ref", bucket_domain_name: "DomainName" },
    properties: (v) => ({ BucketName: named(v, "bucket") }),
  },
  aws_scheduler_schedule: {
    type: "AWS::Scheduler::Schedule",
    attributes: { arn: "Arn", id: "Ref", name: "Ref" },
    properties: (v) => ({
      Name: set(v.name),
      ScheduleExpression: v.schedule_expression,
      State: set(v.state),
      Target: { Arn: block(v.target)?.arn, Input: set(block(v.target)?.input) },
    }),
  },
  aws_pipes_pipe: {
    type: "AWS::Pipes::Pipe",
    attributes: { arn: "Arn", id: "Ref" },
    properties: pipe,
  },
  aws_kinesis_firehose_delivery_stream: {
    type: "AWS::KinesisFirehose::DeliveryStream",
    attributes: { arn: "Arn", id: "Arn", name: "Ref" },
    properties: deliveryStream,
  },
  aws_kinesis_analytics_application: {
    type: "AWS::KinesisAnalytics::Application",
    attributes: { arn: "Arn", id: "Arn", name: "Ref" },
    properties: analyticsV1,
  },
  aws_kinesisanalyticsv2_application: {
    type: "AWS::KinesisAnalyticsV2::Application",
    attributes: { arn: "Arn", id: "Arn", name: "Ref" },
    properties: analyticsV2,
  },
};

/** Types that describe, allow, watch or name, and do nothing by themselves. */
export const needsNothing = new RegExp(
  `^(${[
    "aws_(iam|cloudwatch|kms|appautoscaling)_\\w+",
    "aws_lambda_(permission|layer_version|function_event_invoke_config)",
    "aws_kinesis_resource_policy",
    "aws_s3_(bucket_\\w+|object)",
    "aws_s(qs_queue|ns_topic)_policy",
    "aws_sqs_queue_redrive_(allow_)?policy",
    "aws_glue_catalog_database",
    "(random|time|null|local|archive|terraform)_\\w+",
  ].join("|")})$`,
);
