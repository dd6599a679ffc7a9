/** The event of a Kinesis event source mapping, key for key as Lambda sends it. */
export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
  /** The rest: only with a tumbling window. */
  readonly window?: { readonly start: string; readonly end: string };
  readonly state?: Record<string, unknown>;
  readonly shardId?: string;
  readonly eventSourceARN?: string;
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

export interface KinesisEventRecord {
  readonly kinesis: {
    readonly kinesisSchemaVersion: string;
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    readonly data: string;
    readonly approximateArrivalTimestamp: number;
  };
  readonly eventSource: string;
  readonly eventVersion: string;
  readonly eventID: string;
  readonly eventName: string;
  readonly invokeIdentityArn: string;
  readonly awsRegion: string;
  readonly eventSourceARN: string;
}

/** The context of an invocation. */
export interface LambdaContext {
  readonly callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Invokes a function once. Resolves to what the function returned; rejects when the invocation
 * failed (a throw, a timeout, an exit). An error named `TooManyRequestsException` is a throttle:
 * the function did not run, and no attempt is counted.
 */
export type Invoke = (event: KinesisEvent, context: { readonly awsRequestId: string }) => unknown;
