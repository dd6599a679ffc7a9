import type { InvocationContext } from "../handler/deadline.ts";
import {
  type Middleware,
  type MiddyHandler,
  middyHandler,
  throughMiddlewares,
} from "../handler/middlewares.ts";
import { version } from "../handler/version.ts";
import { sequenceNumbersIn } from "../record/kinesis-event.ts";
import type { LambdaWindows } from "../windows/lambda-window.ts";
import type { Windows } from "../windows/window.ts";
import { consume } from "./consume.ts";
import { type Environment, newEnvironment } from "./environment.ts";
import type {
  BatchResponse,
  KinesisConsumerOptions,
  LambdaWindowConsumerOptions,
  WindowedConsumerOptions,
} from "./options.ts";
import { type Plan, planOf } from "./plan.ts";
import { answerFor } from "./settle.ts";

/** A Lambda handler for an event source mapping of a Kinesis stream, and a middy handler. */
export type KinesisHandler = MiddyHandler<BatchResponse>;
/**
 * Makes the handler of a Lambda function that consumes a Kinesis stream. The function's event
 * source mapping must have `FunctionResponseTypes: [ReportBatchItemFailures]`.
 *
 * Returns `{ batchItemFailures: [] }` when everything is done, or the one lowest sequence number
 * that is not. Throws, which fails the whole batch, when the event is not one of a Kinesis
 * stream, or when the progress log cannot be read: then nothing was processed.
 *
 * @example
 * export const handler = kinesisConsumer({
 *   consumer: "departures",
 *   decode: json(Flight),
 *   uniqueId: (flight) => flight.id,
 *   progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
 *   async process(flight) {
 *     await count(flight.origin);
 *   },
 * });
 */
export function kinesisConsumer<T, R>(options: WindowedConsumerOptions<T, R>): KinesisHandler;
export function kinesisConsumer<T, R>(options: LambdaWindowConsumerOptions<T, R>): KinesisHandler;
export function kinesisConsumer<T = Uint8Array>(options: KinesisConsumerOptions<T>): KinesisHandler;
export function kinesisConsumer<T>(
  options: (
    | KinesisConsumerOptions<T>
    | WindowedConsumerOptions<T, any>
    | LambdaWindowConsumerOptions<T, any>
  ) & {
    readonly window?: Windows<T, any> | LambdaWindows<T, any>;
  },
): KinesisHandler {
  const plan = (
    (options?.window?.rules?.planOf ?? planOf) as (options: never, version: string) => Plan<T>
  )(options as never, version);
  let environment: Environment | undefined;
  const consumeEvent = (event: unknown, context: InvocationContext | undefined) => {
    environment ??= newEnvironment();
    return consume(plan, environment, event, context);
  };
  const handler = middyHandler(consumeEvent, (...invocation) =>
    answerLast(consumeEvent, ...invocation),
  );
  // For `shardmill lint`, which compares the options with the template.
  return Object.assign(handler, { [Symbol.for("shardmill.options")]: plan });
}

/**
 * Runs the consumer inside its middlewares, and answers for it: whatever a middleware returns,
 * catches, or takes out of the event, records that were not done are never reported as done.
 */
async function answerLast(
  consume: (event: unknown, context: InvocationContext | undefined) => Promise<BatchResponse>,
  middlewares: readonly Middleware[],
  event: unknown,
  context: InvocationContext | undefined,
): Promise<BatchResponse> {
  const delivered = sequenceNumbersIn(event);
  let answer: BatchResponse | undefined;
  let failure: { readonly error: unknown } | undefined;
  const inner = throughMiddlewares(
    middlewares,
    async (event, context) => {
      const seen = sequenceNumbersIn(event);
      answer = withUnseen(await consume(event, context), delivered, seen);
      return structuredClone(answer);
    },
    (error) => {
      failure ??= { error };
    },
  );

  const returned = await inner(event, context);
  if (answer) return answer;
  if (failure) throw failure.error;
  if (delivered.length > 0) {
    throw new Error("A middleware answered before the batch was processed, and it comes again.");
  }
  return returned;
}

/**
 * Records that a middleware took out of the event are not done. Several may share a sequence number. What else the answer says, such as the
 * state of a window, is of the event as it was: without it Lambda fails the batch.
 */
function withUnseen(
  answer: BatchResponse,
  delivered: readonly string[],
  seen: readonly string[],
): BatchResponse {
  const isWhole = delivered.length === seen.length && delivered.every((n, at) => n === seen[at]);
  if (isWhole) return answer;
  const unseen = new Map<string, number>();
  for (const number of delivered) unseen.set(number, (unseen.get(number) ?? 0) + 1);
  for (const number of seen) unseen.set(number, (unseen.get(number) ?? 0) - 1);
  const open = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  for (const [number, count] of unseen) if (count > 0) open.push(number);
  return answerFor(open);
}
