/** How a worker calls the handler: with the context that Lambda would give it. */
import { type ShardHold, withRuntime } from "../handler/runtime.ts";
import type { DeliveryContext } from "../mapping/delivery.ts";
import type { LambdaContext } from "../mapping/invoke.ts";
import type { KinesisEvent } from "../record/lambda-event.ts";
import type { Random } from "../time/random.ts";
import type { WorkerClock } from "./elapsed.ts";

/** A Lambda handler for events of Kinesis: the result of `kinesisConsumer`, or any other. */
export type WorkerHandler = (event: any, context: any) => unknown;

export interface InvokerOptions {
  readonly handler: WorkerHandler;
  readonly functionArn: string;
  readonly application: string;
  readonly workerId: string;
  readonly timeoutMs: number;
  readonly clock: WorkerClock;
  readonly random: Random;
  readonly hold: ShardHold;
  /** The consumer wants its process to end, so that an effect which hangs cannot go on beside a later one. */
  readonly onExit: (reason: string) => void;
}

/** Gives a batch to the handler. */
export type Invoker = (event: KinesisEvent, awsRequestId: string) => Promise<unknown>;

/** Thrown where the handler was not called: the batch is as it was. Its name is that of a throttle, which counts no attempt. */
export class NotCalled extends Error {
  override readonly name = "TooManyRequestsException";
}

export function invoker(options: InvokerOptions): Invoker {
  const { handler, functionArn, application, workerId, timeoutMs, clock, random, hold, onExit } =
    options;
  return async (event, awsRequestId) => {
    const deadline = clock.now() + timeoutMs;
    const context: LambdaContext = {
      callbackWaitsForEmptyEventLoop: true,
      functionName: functionArn.split(":")[6] ?? application,
      functionVersion: "$LATEST",
      invokedFunctionArn: functionArn,
      memoryLimitInMB: "1024",
      awsRequestId,
      logGroupName: `/aws/lambda/${application}`,
      logStreamName: workerId,
      getRemainingTimeInMillis: () => Math.max(0, deadline - clock.now()),
    };
    const exit = (reason: string): never => {
      onExit(reason);
      throw new Error(reason);
    };
    return await handler(event, withRuntime(context, { clock, random, hold, exit }));
  };
}

/** What all shards of a worker share, but for whether the lease of the one still holds. */
export type SharedContext = Omit<DeliveryContext, "invoke">;
