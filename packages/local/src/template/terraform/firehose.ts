/** aws_kinesis_firehose_delivery_stream, as far as it goes to S3. */
import { block, set, type Values } from "./block.ts";

/** Said of a property, which is left out then. */
const notRead = (what: string) => ({
  "Fn::Terraform": `${what} is not read from Terraform; give the stream in a template of CloudFormation.`,
});

export function deliveryStream(v: Values): Values {
  const source = block(v.kinesis_source_configuration);
  const s3 = block(v.extended_s3_configuration);
  return {
    DeliveryStreamName: v.name,
    DeliveryStreamType: source ? "KinesisStreamAsSource" : "DirectPut",
    ...(source && {
      KinesisStreamSourceConfiguration: { KinesisStreamARN: source.kinesis_stream_arn },
    }),
    ...(s3 && { ExtendedS3DestinationConfiguration: extendedS3(s3) }),
    ...(v.destination !== "extended_s3" && {
      Destination: notRead(`The destination ${v.destination}`),
    }),
  };
}

function extendedS3(v: Values): Values {
  const { enabled, processors = [] } = block(v.processing_configuration) ?? {};
  const partitioning = block(v.dynamic_partitioning_configuration);
  const conversion = block(v.data_format_conversion_configuration);
  return {
    BucketARN: v.bucket_arn,
    BufferingHints: {
      SizeInMBs: v.buffering_size ?? undefined,
      IntervalInSeconds: v.buffering_interval ?? undefined,
    },
    CompressionFormat: set(v.compression_format),
    Prefix: set(v.prefix),
    ErrorOutputPrefix: set(v.error_output_prefix),
    CustomTimeZone: set(v.custom_time_zone),
    FileExtension: set(v.file_extension),
    ...(enabled && {
      ProcessingConfiguration: { Enabled: true, Processors: processors.map(processor) },
    }),
    ...(partitioning && {
      DynamicPartitioningConfiguration: {
        Enabled: partitioning.enabled ?? true,
        RetryOptions: { DurationInSeconds: partitioning.retry_duration ?? undefined },
      },
    }),
    ...(conversion &&
      conversion.enabled !== false && {
        DataFormatConversionConfiguration: notRead("The conversion to Parquet or ORC"),
      }),
    ...(v.s3_backup_mode === "Enabled" && { S3BackupMode: notRead("The backup to S3") }),
  };
}

const processor = ({ type, parameters = [] }: Values) => ({
  Type: type,
  Parameters: parameters.map(({ parameter_name, parameter_value }: Values) => ({
    ParameterName: parameter_name,
    ParameterValue: parameter_value,
  })),
});
