import { describeFailure } from "../handler/describe-failure.ts";
import { describeError } from "../observe/log.ts";
import { type Dropped, isDropped } from "../record/decode/decoder.ts";
import { type AnyOutputs, stepOf } from "../record/pipeline.ts";
import { attempt, whenReady } from "../values/ready.ts";
import { deliver, drop, fail } from "./answers.ts";
import { joinOutputs } from "./join-outputs.ts";
import { metadataOf } from "./metadata.ts";
import { type FirehoseRecord, readRecord } from "./record.ts";
import type { TransformRun } from "./transform-run.ts";

/** The way of a record: read, run the steps, join, answer. A promise only where there is something to wait for; it never rejects. */
export function transformOne(run: TransformRun, place: number): true | Promise<true> {
  run.begun[place] = 1;
  const { context, event, plan, seen } = run;
  let record: FirehoseRecord;
  try {
    record = readRecord(seen[place]!, event);
  } catch (error) {
    return fail(run, place, undefined, { error: describeError(error) });
  }
  return attempt<AnyOutputs | Dropped, true>(
    () => plan.steps(record.data, record, context),
    (outputs) => write(run, place, record, outputs),
    (error) => failSteps(run, place, record, error),
  );
}

function write(
  run: TransformRun,
  place: number,
  record: FirehoseRecord,
  outputs: AnyOutputs | Dropped,
): true | Promise<true> {
  if (run.isClosed) return true;
  if (isDropped(outputs)) return drop(run, place, "dropped");
  const { join, otfMetadata } = run.plan;
  const unlessClosed = (answer: () => true) => run.isClosed || answer();
  const send = (payload: Buffer) => {
    // Firehose takes no answer without data, and there is nothing to deliver.
    if (payload.length === 0) return unlessClosed(() => drop(run, place, "dropped"));
    return whenReady(metadataOf(outputs, record, otfMetadata), (metadata) =>
      unlessClosed(() => deliver(run, place, record, payload, metadata)),
    );
  };
  return attempt<true, true>(
    () => whenReady(joinOutputs(outputs, join, record), send),
    () => true,
    (error) =>
      unlessClosed(() =>
        fail(run, place, record, describeFailure(error, record, run.plan.logPayload)),
      ),
  );
}

function failSteps(run: TransformRun, place: number, record: FirehoseRecord, error: unknown): true {
  if (run.isClosed) return true;
  const [thrown, undecoded] = stepOf(error) === "threw" ? [(error as Error).cause] : [error, error];
  return fail(run, place, record, describeFailure(thrown, record, run.plan.logPayload, undecoded));
}
