/** The settings of a mapping that say how its batches are made and what becomes of them, under AWS's own names in camelCase. */

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export interface BatchSettings {
  /** Most records of an event. 1 to 10,000. @default 100 */
  readonly batchSize?: number;
  /** How long records wait for a full batch, in whole seconds. 0 to 300. @default 0 */
  readonly maximumBatchingWindowInSeconds?: number;
  /** Batches of one shard that run at once, each with its own partition keys. 1 to 10. @default 1 */
  readonly parallelizationFactor?: number;
  /** A failed batch comes back as two halves. @default false */
  readonly bisectBatchOnFunctionError?: boolean;
  /** Older records are discarded, in seconds. -1: never; or 60 to 604,800. @default -1 */
  readonly maximumRecordAgeInSeconds?: number;
  /** How often a failed batch is invoked again. -1: without end; or 0 to 10,000. @default -1 */
  readonly maximumRetryAttempts?: number;
  /** The length of the windows over which state is kept, in seconds. 0: none; up to 900. @default 0 */
  readonly tumblingWindowInSeconds?: number;
  /** `["ReportBatchItemFailures"]`: a response may name the first record that failed. @default [] */
  readonly functionResponseTypes?: readonly "ReportBatchItemFailures"[];
  /** Where documents about discarded batches go: the ARN of a queue, a topic or a bucket. "": nowhere. */
  readonly destinationConfig?: { readonly onFailure?: { readonly destination?: string } };
}

/** Lambda's defaults for a mapping of a Kinesis stream. */
export const defaultBatchSettings: Required<BatchSettings> = {
  batchSize: 100,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  bisectBatchOnFunctionError: false,
  maximumRecordAgeInSeconds: -1,
  maximumRetryAttempts: -1,
  tumblingWindowInSeconds: 0,
  functionResponseTypes: [],
  destinationConfig: { onFailure: {} },
};

export const reportsItemFailures = ({ functionResponseTypes }: Required<BatchSettings>) =>
  functionResponseTypes.includes("ReportBatchItemFailures");

/** The ARN of the destination; undefined when there is none. */
export const destinationOf = ({ destinationConfig }: Required<BatchSettings>) =>
  destinationConfig.onFailure?.destination || undefined;
