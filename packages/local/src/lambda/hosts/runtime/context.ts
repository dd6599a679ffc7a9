/** The second argument of a handler. */
import type { LambdaContext } from "../../../../../../src/mapping/invoke.ts";

export function lambdaContext(
  fn: {
    readonly functionName: string;
    readonly functionVersion: string;
    readonly invokedFunctionArn: string;
    readonly memorySize: number | string;
    readonly logGroupName: string;
    readonly logStreamName: string;
  },
  awsRequestId: string,
  getRemainingTimeInMillis: () => number,
): LambdaContext {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: fn.functionName,
    functionVersion: fn.functionVersion,
    invokedFunctionArn: fn.invokedFunctionArn,
    memoryLimitInMB: String(fn.memorySize),
    awsRequestId,
    logGroupName: fn.logGroupName,
    logStreamName: fn.logStreamName,
    getRemainingTimeInMillis,
  };
}
