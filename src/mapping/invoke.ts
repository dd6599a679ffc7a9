import type { KinesisEvent } from "../record/lambda-event.ts";

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
