/**
 * What a pipe of EventBridge changes between a mapping and its function: the event is a bare array, item
 * failures are named by `eventID`, and the document about a discarded batch is the pipe's.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
 */
import type { FailureDocument } from "../../../../src/mapping/failure-document.ts";
import type { Invoke } from "../../../../src/mapping/invoke.ts";
import type { KinesisEvent, KinesisEventRecord } from "../../../../src/record/lambda-event.ts";

/** A record as a pipe has it: what is Kinesis' stands beside the rest. */
export type PipeRecord = KinesisEventRecord["kinesis"] & Omit<KinesisEventRecord, "kinesis">;

/**
 * @example
 * pipeEvent({ Records: [{ kinesis: { data: "e30=", … }, eventID: "shardId-000000000000:1", … }] });
 * // [{ data: "e30=", …, eventID: "shardId-000000000000:1", … }]
 */
export const pipeEvent = ({ Records }: KinesisEvent): PipeRecord[] =>
  Records.map(({ kinesis, ...rest }) => ({ ...kinesis, ...rest }));

type Called = (event: unknown, context: { readonly awsRequestId: string }) => unknown;

/**
 * Invokes a function as a pipe does, and answers as a mapping is answered. `enrich`: what it answers is what the
 * function gets, and with nothing in it the batch is done.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
 */
export const throughPipe =
  (invoke: Called, enrich?: Called): Invoke =>
  async (event, context) => {
    const records = pipeEvent(event);
    // It is an invocation of its own.
    const enriched = enrich
      ? await enrich(records, { awsRequestId: `${context.awsRequestId}-enrichment` })
      : records;
    return isEmpty(enriched) ? undefined : bySequenceNumber(await invoke(enriched, context), event);
  };

const isEmpty = (answer: unknown) =>
  answer === undefined ||
  answer === null ||
  answer === "" ||
  (typeof answer === "object" && Object.keys(answer).length === 0);

/** An identifier that is of no event in the batch stays, and fails the batch. */
function bySequenceNumber(response: unknown, { Records }: KinesisEvent): unknown {
  const failures = (response as { batchItemFailures?: unknown } | null | undefined)
    ?.batchItemFailures;
  if (!Array.isArray(failures)) return response;
  const numbers = new Map(Records.map(({ eventID, kinesis }) => [eventID, kinesis.sequenceNumber]));
  return {
    batchItemFailures: failures.map((failure) => {
      const id = failure?.itemIdentifier;
      return { itemIdentifier: numbers.get(id) ?? `${id}, which is no eventID` };
    }),
  };
}

/** What its dead-letter queue gets. */
export const pipeDocument = (
  { requestContext: { condition }, version, timestamp, KinesisBatchInfo }: FailureDocument,
  pipeArn: string,
) => ({
  context: { partnerResourceArn: pipeArn, condition },
  ...{ version, timestamp, KinesisBatchInfo },
});
