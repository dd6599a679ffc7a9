/** A function in this process: for tests, and for time that does not pass by itself. */
import { type Clock, systemClock } from "../../../../../src/time/clock.ts";
import {
  type Exit,
  exited,
  FunctionError,
  maximumResponseSize,
  responseTooLarge,
  timedOut,
} from "./errors.ts";
import {
  type FunctionIdentity,
  type FunctionSettings,
  functionIdentity,
  type LambdaFunction,
  logStreamName,
  type StopReason,
} from "./function.ts";
import { type Environment, pooledFunction } from "./pool.ts";
import { lambdaContext } from "./runtime/context.ts";
import { type Handler, refuseCallback } from "./runtime/handler.ts";
import { type ErrorReport, errorReport, responseText } from "./runtime/payload.ts";

/** What `inProcessFunction` takes. */
export interface InProcessSettings extends FunctionSettings {
  /** Any handler that returns a value or a promise. */
  readonly handler: (event: never, context: never, callback: never) => unknown;
  /** Times the timeout and `getRemainingTimeInMillis`. @default systemClock */
  readonly clock?: Clock;
}

/**
 * Runs a handler as a plain call. What a process of its own would give is missing: the handler
 * cannot be killed, so after a timeout or a `kill` it runs on unheard, though its environment
 * counts as gone; environments share one module state and this process's variables; an exit or an
 * unhandled rejection is this process's. The event is handed over as it is, not as a copy: whoever
 * invokes builds it anew for each invocation. The response passes through JSON, as everywhere.
 * On a virtual clock it is the invoker, too, who says that an invocation is under way.
 *
 * @example
 * const fn = inProcessFunction({ functionName: "departures", handler, clock: virtualClock() });
 * const response = await fn.invoke(event, { awsRequestId: randomUUID() });
 */
export function inProcessFunction(settings: InProcessSettings): LambdaFunction {
  const { clock = systemClock } = settings;
  const identity = functionIdentity(settings);
  refuseCallback(settings.handler, `of function ${identity.functionName}`);
  const handler = settings.handler as Handler;
  return pooledFunction(identity, settings, (environmentId) =>
    inProcessEnvironment(identity, environmentId, handler, clock),
  );
}

function inProcessEnvironment(
  identity: FunctionIdentity,
  environmentId: string,
  handler: Handler,
  clock: Clock,
): Environment {
  const { functionName, functionVersion, timeoutMs } = identity;
  const stream = logStreamName(clock.now(), functionVersion, environmentId);
  const { promise: stopped, resolve: haveStopped } = Promise.withResolvers<StopReason>();
  let cutOff = (_reason: StopReason) => {};

  function stop(reason: StopReason) {
    haveStopped(reason);
    cutOff(reason);
  }

  return {
    stopped,
    stop,
    async invoke(event, requestId) {
      const deadline = clock.now() + timeoutMs;
      const context = lambdaContext(
        { ...identity, logStreamName: stream },
        requestId,
        () => deadline - clock.now(),
      );
      const failure = (report: ErrorReport, options?: ErrorOptions) =>
        new FunctionError({ functionName, requestId }, report, options);
      const end = new Promise<never>((_, reject) => {
        cutOff = (reason) =>
          reject(
            failure(
              reason === "timeout" ? timedOut(requestId, timeoutMs) : exited(requestId, killed),
            ),
          );
      });
      const answer = async () => {
        try {
          return responseText(await handler(event, context));
        } catch (thrown) {
          throw failure(errorReport(thrown), { cause: thrown });
        }
      };
      const cancelTimeout = clock.after(timeoutMs, () => stop("timeout"));
      try {
        const text = await Promise.race([answer(), end]);
        if (Buffer.byteLength(text) > maximumResponseSize) throw failure(responseTooLarge);
        return JSON.parse(text);
      } finally {
        cancelTimeout();
      }
    },
  };
}

const killed: Exit = { code: null, signal: "SIGKILL" };
