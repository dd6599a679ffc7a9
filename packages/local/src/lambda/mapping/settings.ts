/** Every setting of a mapping for Kinesis, under AWS's own names in camelCase. */
import type { FilterCriteria } from "../../../../services/src/patterns/criteria.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export interface MappingSettings {
  /** Most records of an event. 1 to 10,000. @default 100 */
  readonly batchSize?: number;
  /** How long records wait for a full batch, in whole seconds. 0 to 300. @default 0 */
  readonly maximumBatchingWindowInSeconds?: number;
  /** Batches of one shard that run at once, each with its own partition keys. 1 to 10. @default 1 */
  readonly parallelizationFactor?: number;
  /** AWS wants it said; left out here, it is TRIM_HORIZON. @default "TRIM_HORIZON" */
  readonly startingPosition?: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";
  /** Only with AT_TIMESTAMP: a date, or epoch seconds as in AWS's API. */
  readonly startingPositionTimestamp?: Date | number;
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
  /** Up to five patterns; a record that matches none is passed over. */
  readonly filterCriteria?: FilterCriteria;
  /** The key that encrypts the filter criteria. It is described, and nothing is encrypted. */
  readonly kmsKeyArn?: string;
  /** `EventCount` is the only group for Kinesis. The counts are kept in any case. */
  readonly metricsConfig?: { readonly metrics?: readonly "EventCount"[] };
  readonly tags?: Readonly<Record<string, string>>;
  /** @default true */
  readonly enabled?: boolean;
}

/** The settings with nothing left open. */
export type Settings = Required<
  Omit<MappingSettings, "startingPositionTimestamp" | "kmsKeyArn" | "metricsConfig">
> &
  Pick<MappingSettings, "startingPositionTimestamp" | "kmsKeyArn" | "metricsConfig">;

/** Lambda's defaults for a mapping of a Kinesis stream. */
export const defaultSettings: Settings = {
  batchSize: 100,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  startingPosition: "TRIM_HORIZON",
  bisectBatchOnFunctionError: false,
  maximumRecordAgeInSeconds: -1,
  maximumRetryAttempts: -1,
  tumblingWindowInSeconds: 0,
  functionResponseTypes: [],
  destinationConfig: { onFailure: {} },
  filterCriteria: {},
  tags: {},
  enabled: true,
};

/** The settings over the defaults, or over those that hold so far; undefined leaves them as they are. */
export function withSettings(given: MappingSettings, base: Settings = defaultSettings): Settings {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(said) };
}

export const reportsItemFailures = ({ functionResponseTypes }: Settings) =>
  functionResponseTypes.includes("ReportBatchItemFailures");

/** The ARN of the destination; undefined when there is none. */
export const destinationOf = ({ destinationConfig }: Settings) =>
  destinationConfig.onFailure?.destination || undefined;

/** Epoch milliseconds. */
export function startingTimestamp({ startingPositionTimestamp: at }: MappingSettings): number {
  return at instanceof Date ? at.getTime() : (at ?? 0) * 1000;
}
