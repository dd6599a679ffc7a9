/** A mapping as CreateEventSourceMapping and GetEventSourceMapping return it. */
import type { DescribedIdentity } from "./identity.ts";
import { type Settings, startingTimestamp } from "./settings.ts";

/** The states of a mapping, in AWS's words. */
export type MappingState =
  | "Creating"
  | "Enabling"
  | "Enabled"
  | "Disabling"
  | "Disabled"
  | "Updating"
  | "Deleting";

/** What a mapping says of its latest invocation, in AWS's words. */
export type LastProcessingResult = "No records processed" | "OK" | "PROBLEM: Function call failed";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
export interface MappingDescription {
  readonly UUID: string;
  readonly StartingPosition: string;
  /** Epoch seconds. */
  readonly StartingPositionTimestamp?: number;
  readonly BatchSize: number;
  readonly MaximumBatchingWindowInSeconds: number;
  readonly ParallelizationFactor: number;
  readonly EventSourceArn: string;
  readonly FilterCriteria?: { readonly Filters: readonly { readonly Pattern: string }[] };
  readonly KMSKeyArn?: string;
  readonly MetricsConfig?: { readonly Metrics: readonly string[] };
  readonly FunctionArn: string;
  /** Epoch seconds. */
  readonly LastModified: number;
  readonly LastProcessingResult: LastProcessingResult;
  readonly State: MappingState;
  readonly StateTransitionReason: "User action";
  readonly DestinationConfig: { readonly OnFailure: { readonly Destination?: string } };
  readonly MaximumRecordAgeInSeconds: number;
  readonly BisectBatchOnFunctionError: boolean;
  readonly MaximumRetryAttempts: number;
  readonly TumblingWindowInSeconds: number;
  readonly FunctionResponseTypes: readonly string[];
  readonly EventSourceMappingArn: string;
}

export function describeMapping(
  identity: DescribedIdentity,
  settings: Settings,
  now: {
    readonly state: MappingState;
    readonly lastProcessingResult: LastProcessingResult;
    /** Epoch milliseconds. */
    readonly lastModified: number;
  },
): MappingDescription {
  const filters = settings.filterCriteria.filters ?? [];
  const destination = settings.destinationConfig.onFailure?.destination;
  return {
    UUID: identity.uuid,
    StartingPosition: settings.startingPosition,
    ...(settings.startingPositionTimestamp !== undefined && {
      StartingPositionTimestamp: startingTimestamp(settings) / 1000,
    }),
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.maximumBatchingWindowInSeconds,
    ParallelizationFactor: settings.parallelizationFactor,
    EventSourceArn: identity.eventSourceArn,
    ...(filters.length > 0 && {
      FilterCriteria: {
        Filters: filters.map(({ pattern }) => ({
          Pattern: typeof pattern === "string" ? pattern : JSON.stringify(pattern),
        })),
      },
    }),
    ...(settings.kmsKeyArn && { KMSKeyArn: settings.kmsKeyArn }),
    ...(settings.metricsConfig?.metrics && {
      MetricsConfig: { Metrics: settings.metricsConfig.metrics },
    }),
    FunctionArn: identity.functionArn,
    LastModified: now.lastModified / 1000,
    LastProcessingResult: now.lastProcessingResult,
    State: now.state,
    StateTransitionReason: "User action",
    DestinationConfig: { OnFailure: destination ? { Destination: destination } : {} },
    MaximumRecordAgeInSeconds: settings.maximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: settings.bisectBatchOnFunctionError,
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    TumblingWindowInSeconds: settings.tumblingWindowInSeconds,
    FunctionResponseTypes: settings.functionResponseTypes,
    EventSourceMappingArn: identity.mappingArn,
  };
}
