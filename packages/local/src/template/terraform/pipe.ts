/** aws_pipes_pipe. */
import { block, set, type Values } from "./block.ts";

export function pipe(v: Values): Values {
  const from = block(v.source_parameters);
  const to = block(v.target_parameters);
  const stream = block(from?.kinesis_stream_parameters);
  const { filter = [] } = block(from?.filter_criteria) ?? {};
  return {
    Name: v.name,
    DesiredState: set(v.desired_state),
    Enrichment: set(v.enrichment),
    EnrichmentParameters: {
      InputTemplate: set(block(v.enrichment_parameters)?.input_template),
    },
    Source: v.source,
    SourceParameters: {
      FilterCriteria:
        filter.length > 0
          ? { Filters: filter.map(({ pattern }: Values) => ({ Pattern: pattern })) }
          : undefined,
      KinesisStreamParameters: stream && {
        BatchSize: set(stream.batch_size),
        DeadLetterConfig: block(stream.dead_letter_config) && {
          Arn: block(stream.dead_letter_config).arn,
        },
        MaximumBatchingWindowInSeconds: set(stream.maximum_batching_window_in_seconds),
        MaximumRecordAgeInSeconds: set(stream.maximum_record_age_in_seconds),
        MaximumRetryAttempts: stream.maximum_retry_attempts,
        OnPartialBatchItemFailure: set(stream.on_partial_batch_item_failure),
        ParallelizationFactor: set(stream.parallelization_factor),
        StartingPosition: stream.starting_position,
        StartingPositionTimestamp: set(stream.starting_position_timestamp),
      },
    },
    Target: v.target,
    TargetParameters: {
      InputTemplate: set(to?.input_template),
      LambdaFunctionParameters: block(to?.lambda_function_parameters) && {
        InvocationType: block(to.lambda_function_parameters).invocation_type,
      },
    },
  };
}
