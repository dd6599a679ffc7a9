/** A producer in a Lambda function: nothing is left behind when an invocation ends. */
import type { PutError } from "./errors.ts";
import type { KinesisProducer, ProducerRecord } from "./options.ts";

/** A middy middleware. https://middy.js.org/docs/middlewares/intro */
export interface ProducerMiddleware {
  before(request: object): void;
  after(request: { response: unknown; event?: unknown }): Promise<void>;
  onError(request: { error?: unknown }): Promise<void>;
}

/** What `flushProducer` takes besides the producer. */
export interface FlushProducerOptions<V> {
  /** Makes records of what the handler has returned; they are put, and its answer stays as it is. @default nothing is put */
  readonly putResponse?: (
    response: any,
    request: { readonly event?: unknown },
  ) => Iterable<ProducerRecord<V>> | PromiseLike<Iterable<ProducerRecord<V>>>;
}

/**
 * Flushes at the end of each invocation, failed ones too: Lambda freezes the environment after it, and what was not sent would wait
 * for the next one. Where records were given up, the invocation fails with an AggregateError of them; and so does every other that ran
 * at that time, as a worker's shards do, since nobody knows whose records they were.
 *
 * @example
 * export const handler = middy(lambdaHandler).use(
 *   flushProducer(producer, { putResponse: ({ orders }) => orders.map((data) => ({ partitionKey: data.customer, data })) }),
 * );
 */
export function flushProducer<V>(
  producer: KinesisProducer<V>,
  { putResponse }: FlushProducerOptions<V> = {},
): ProducerMiddleware {
  const running = runningOf.get(producer) ?? new Map();
  runningOf.set(producer, running);
  const flush = async () => {
    const { failed, errors } = await producer.flush();
    for (const each of running.values()) {
      each.failed += failed;
      each.errors.push(...errors);
    }
  };
  return {
    before(request) {
      running.set(request, { failed: 0, errors: [] });
    },
    async after(request) {
      if (putResponse) {
        for (const record of await putResponse(request.response, request)) {
          await putWithRoom(producer, record);
        }
      }
      await flush();
      const { failed, errors } = running.get(request)!;
      running.delete(request);
      if (failed === 0) return;
      throw new AggregateError(errors, `${failed} records were not put: ${errors[0]?.message}`);
    },
    async onError(request) {
      // The handler's own error is the one to tell.
      running.delete(request);
      await flush();
    },
  };
}

/** By producer, the invocations under way that share it, and what was given up meanwhile. */
const runningOf = new WeakMap<object, Map<object, { failed: number; errors: PutError[] }>>();

/** Goes on as soon as the record is taken over: all of an answer go together. */
async function putWithRoom<V>(producer: KinesisProducer<V>, record: ProducerRecord<V>) {
  while (!producer.tryPut(record)) await producer.room();
}
