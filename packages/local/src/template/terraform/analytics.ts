/** aws_kinesis_analytics_application and aws_kinesisanalyticsv2_application, in the words of CloudFormation. */
import { block, set, type Values } from "./block.ts";

/** Of the first version of the API. */
export const analyticsV1 = (v: Values): Values => ({
  ApplicationName: v.name,
  ApplicationCode: set(v.code),
  Inputs: many(v.inputs, (input) => ({
    NamePrefix: input.name_prefix,
    InputParallelism: one(input.parallelism, ({ count }) => ({ Count: set(count) })),
    InputProcessingConfiguration: one(input.processing_configuration, ({ lambda }) => ({
      InputLambdaProcessor: target(lambda),
    })),
    KinesisStreamsInput: target(input.kinesis_stream),
    KinesisFirehoseInput: target(input.kinesis_firehose),
    InputStartingPositionConfiguration: one(
      input.starting_position_configuration,
      ({ starting_position }) => ({ InputStartingPosition: set(starting_position) }),
    ),
    InputSchema: one(input.schema, schema),
  })),
  Outputs: many(v.outputs, (output) => ({
    Name: output.name,
    KinesisStreamsOutput: target(output.kinesis_stream),
    KinesisFirehoseOutput: target(output.kinesis_firehose),
    LambdaOutput: target(output.lambda),
    DestinationSchema: one(output.schema, destination),
  })),
  ReferenceDataSources: many(v.reference_data_sources, (table) => ({
    TableName: table.table_name,
    S3ReferenceDataSource: one(table.s3, object),
    ReferenceSchema: one(table.schema, schema),
  })),
});

/** Of the second. */
export function analyticsV2(v: Values): Values {
  const configuration = block(v.application_configuration) ?? {};
  const sql = block(configuration.sql_application_configuration) ?? {};
  const content = block(block(configuration.application_code_configuration)?.code_content) ?? {};
  return {
    ApplicationName: v.name,
    RuntimeEnvironment: v.runtime_environment,
    ApplicationCode: set(content.text_content),
    Inputs: many(sql.input, (input) => ({
      NamePrefix: input.name_prefix,
      InputParallelism: one(input.input_parallelism, ({ count }) => ({ Count: set(count) })),
      InputProcessingConfiguration: one(
        input.input_processing_configuration,
        ({ input_lambda_processor }) => ({ InputLambdaProcessor: target(input_lambda_processor) }),
      ),
      KinesisStreamsInput: target(input.kinesis_streams_input),
      KinesisFirehoseInput: target(input.kinesis_firehose_input),
      InputStartingPositionConfiguration: one(
        input.input_starting_position_configuration,
        ({ input_starting_position }) => ({ InputStartingPosition: set(input_starting_position) }),
      ),
      InputSchema: one(input.input_schema, schema),
    })),
    Outputs: many(sql.output, (output) => ({
      Name: output.name,
      KinesisStreamsOutput: target(output.kinesis_streams_output),
      KinesisFirehoseOutput: target(output.kinesis_firehose_output),
      LambdaOutput: target(output.lambda_output),
      DestinationSchema: one(output.destination_schema, destination),
    })),
    ReferenceDataSources: many(sql.reference_data_source, (table) => ({
      TableName: table.table_name,
      S3ReferenceDataSource: one(table.s3_reference_data_source, object),
      ReferenceSchema: one(table.reference_schema, schema),
    })),
  };
}

const many = (blocks: unknown, read: (values: Values) => Values): Values[] =>
  (Array.isArray(blocks) ? blocks : []).map(read);

const one = (blocks: unknown, read: (values: Values) => Values): Values | undefined => {
  const found = block(blocks);
  return found && read(found);
};

const target = (blocks: unknown) =>
  one(blocks, ({ resource_arn }) => ({ ResourceARN: resource_arn }));
const destination = ({ record_format_type }: Values) => ({
  RecordFormatType: record_format_type,
});
const object = ({ bucket_arn, file_key }: Values) => ({ BucketARN: bucket_arn, FileKey: file_key });

/** Both versions have it, under nearly the same names. */
function schema(v: Values): Values {
  const format = block(v.record_format) ?? {};
  const mapping = block(format.mapping_parameters) ?? {};
  const csv = block(mapping.csv ?? mapping.csv_mapping_parameters);
  const json = block(mapping.json ?? mapping.json_mapping_parameters);
  return {
    RecordEncoding: set(v.record_encoding),
    RecordFormat: {
      RecordFormatType: format.record_format_type ?? (csv ? "CSV" : "JSON"),
      MappingParameters: {
        CSVMappingParameters: csv && {
          RecordColumnDelimiter: csv.record_column_delimiter,
          RecordRowDelimiter: csv.record_row_delimiter,
        },
        JSONMappingParameters: json && { RecordRowPath: json.record_row_path },
      },
    },
    RecordColumns: many(v.record_columns ?? v.record_column, (column) => ({
      Name: column.name,
      SqlType: column.sql_type,
      Mapping: set(column.mapping),
    })),
  };
}
