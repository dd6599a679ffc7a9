import type { InvocationContext } from "../handler/deadline.ts";
import {
  type Middleware,
  type MiddyHandler,
  middyHandler,
  throughMiddlewares,
} from "../handler/middlewares.ts";
import { runtimeOf } from "../handler/runtime.ts";
import { describeError, jsonLogger, safeLogger } from "../observe/log.ts";
import { checkFirehoseEvent, type FirehoseEvent, isFirehoseEvent } from "./event.ts";
import type {
  AnyTransformOptions,
  PipelineTransformOptions,
  RecodeOptions,
  TransformOptions,
} from "./options.ts";
import { planOf, type TransformPlan } from "./plan.ts";
import type { FirehoseResponse, PlainFirehoseResponse } from "./response.ts";
import { transformBatch } from "./transform-batch.ts";

/** A Lambda handler for the transformation of a Firehose stream, and a middy handler. */
export type FirehoseHandler = MiddyHandler<FirehoseResponse, PlainFirehoseResponse>;

/**
 * Makes the handler of a Lambda function that transforms the records of a Firehose stream.
 *
 * Every record is answered, once: `Ok` with what it was transformed into, `Dropped`, or `ProcessingFailed`, after
 * which Firehose writes it to its error output as it came. The response stays below 6 MB. Throws, after which
 * Firehose tries the batch again, when the event is not one of a transformation, or a middleware fails before the
 * records were transformed.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
 *
 * @example
 * export const handler = firehoseTransform({
 *   decode: json(Order),
 *   transform: (order) => (order.test ? drop() : { ...order, total: order.total / 100 }),
 *   partitionBy: (order) => ({ country: order.country }),
 *   overflow: s3Overflow({ bucket: process.env.OVERFLOW_BUCKET }),
 * });
 */
export function firehoseTransform<V>(options: PipelineTransformOptions<V>): FirehoseHandler;
export function firehoseTransform<T = Uint8Array>(options: RecodeOptions<T>): FirehoseHandler;
export function firehoseTransform<T = Uint8Array, V = unknown>(
  options: TransformOptions<T, V>,
): FirehoseHandler;
export function firehoseTransform(options: AnyTransformOptions): FirehoseHandler {
  const plan = planOf(options);
  return middyHandler(
    async (event, context) => {
      const delivered = checkFirehoseEvent(event);
      return transformBatch(plan, delivered, delivered, context);
    },
    (middlewares, event, context) => answerLast(plan, middlewares, event, context),
  );
}

/**
 * Runs the transformation inside its middlewares, and answers for it: whatever a middleware returns, catches, or does
 * to the records, each of those that Firehose has sent is answered once. A middleware that fails after that changes nothing:
 * to try again would deliver a second time what is in the overflow.
 */
async function answerLast(
  plan: TransformPlan,
  middlewares: readonly Middleware[],
  event: unknown,
  context: InvocationContext | undefined,
): Promise<FirehoseResponse> {
  const delivered = isFirehoseEvent(event) ? copyOf(checkFirehoseEvent(event)) : undefined;
  let answer: FirehoseResponse | undefined;
  let failure: { readonly error: unknown } | undefined;
  const inner = throughMiddlewares(
    middlewares,
    async (event, context) => {
      answer = await transformBatch(plan, delivered ?? checkFirehoseEvent(event), event, context);
      return structuredClone(answer);
    },
    (error) => {
      failure ??= { error };
    },
  );

  let returned: FirehoseResponse | undefined;
  try {
    returned = await inner(event, context);
  } catch (error) {
    failure ??= { error };
  }
  if (answer) {
    if (failure) warnOfMiddleware(plan, context, failure.error);
    return answer;
  }
  if (failure) throw failure.error;
  if (delivered && delivered.records.length > 0) {
    throw new Error(
      "A middleware answered before the records were transformed. The batch fails, so that Firehose sends it again.",
    );
  }
  return returned as FirehoseResponse;
}

/** What a middleware does to the event and its records must not change what is answered for. */
const copyOf = (event: FirehoseEvent): FirehoseEvent => ({
  ...event,
  records: event.records.map((record) => ({ ...record })),
});

function warnOfMiddleware(
  plan: TransformPlan,
  context: InvocationContext | undefined,
  error: unknown,
): void {
  const { clock, write } = runtimeOf(context, plan.runtime);
  safeLogger(plan.logger ?? jsonLogger(write, clock.now)).error(
    "A middleware failed after the records were transformed. They are answered all the same.",
    { error: describeError(error) },
  );
}
