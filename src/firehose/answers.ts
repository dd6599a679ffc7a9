/** The answers of a batch: each record has one, and their size is kept along the way. */
import type { DescribedError } from "../observe/log.ts";
import { deliveryStreamNameOf } from "./event.ts";
import type { OverflowRecord } from "./overflow.ts";
import { type FirehoseRecord, payloadFieldOf, payloadOf, readPayload } from "./record.ts";
import {
  droppedBytes,
  envelopeBytes,
  type FirehoseMetadata,
  type FirehoseResponseRecord,
  failureBytes,
  okAnswer,
  okBytes,
} from "./response.ts";
import type { TransformCounts, TransformRun } from "./transform-run.ts";

/** The size of a response in which all of these records fail: what has no answer yet takes this much. */
export const leastBytes = (recordIds: readonly string[]): number =>
  recordIds.reduce((sum, id) => sum + failureBytes(id), envelopeBytes) -
  Math.sign(recordIds.length);

/** Answers for a record. `bytes`: how much longer that is than the failure that was reckoned with. */
function answer(
  run: TransformRun,
  place: number,
  answer: FirehoseResponseRecord,
  bytes: number,
  count: keyof TransformCounts,
): true {
  run.bytes += bytes;
  run.answers[place] = answer;
  run.counts[count]++;
  return true;
}

/** Delivers an output, unless there is no room for it. */
export function deliver(
  run: TransformRun,
  place: number,
  record: FirehoseRecord,
  payload: Buffer,
  metadata: FirehoseMetadata | undefined,
): true {
  const { event, overflowing, plan } = run;
  const { recordId } = event.records[place]!;
  const field = payloadFieldOf(event.records[place]!);
  const bytes = okBytes(field, 4 * Math.ceil(payload.length / 3), metadata);
  if (run.bytes + bytes <= plan.maxResponseBytes) {
    const data = payload.toString("base64");
    return answer(run, place, okAnswer(recordId, field, data, metadata), bytes, "delivered");
  }
  const alone = leastBytes([recordId]) + bytes;
  if (alone > plan.maxResponseBytes) {
    const message = `The answer for this record takes ${alone} bytes, and a response at most ${plan.maxResponseBytes}: it can never fit.`;
    return fail(run, place, record, { error: { name: "ResponseTooLarge", message } });
  }
  const reason = `The answer for this record takes ${alone} bytes, and the other ${event.records.length - 1} of its batch have left no room for it in a response of at most ${plan.maxResponseBytes}.`;
  overflowing.set(place, overflowRecord(run, place, record, reason));
  return true;
}

/** What is put elsewhere is what came, whatever the transform or a middleware has made of it. */
function overflowRecord(
  { event }: TransformRun,
  place: number,
  { approximateArrivalTimestamp, partitionKey }: FirehoseRecord,
  reason: string,
): OverflowRecord {
  const delivered = event.records[place]!;
  const { data, rounds } = readPayload(payloadOf(delivered));
  const { recordId } = delivered;
  return { recordId, data, rounds, approximateArrivalTimestamp, partitionKey, reason };
}

export function drop(run: TransformRun, place: number, count: "dropped" | "overflowed"): true {
  const { recordId } = run.event.records[place]!;
  return answer(run, place, { recordId, result: "Dropped" }, droppedBytes, count);
}

/** Fails one record, and says why. */
export function fail(
  run: TransformRun,
  place: number,
  record: FirehoseRecord | undefined,
  failure: { readonly error: DescribedError; readonly payload?: string },
): true {
  const { recordId } = run.event.records[place]!;
  run.logger.error("A record failed. It goes to the error output of its delivery stream.", {
    ...whichInvocation(run),
    recordId,
    ...(record?.shardId && { shardId: record.shardId, sequenceNumber: record.sequenceNumber }),
    ...failure,
  });
  return failSilently(run, place, "failed");
}

/** Fails one record of which something was said already. */
export function failSilently(
  run: TransformRun,
  place: number,
  count: "failed" | "unreached",
): true {
  const { recordId } = run.event.records[place]!;
  return answer(run, place, { recordId, result: "ProcessingFailed" }, 0, count);
}

/** Which invocation a log line is about. */
export const whichInvocation = ({ event }: TransformRun): Record<string, unknown> => ({
  deliveryStream: deliveryStreamNameOf(event),
  invocationId: event.invocationId,
});
