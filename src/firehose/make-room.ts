import type { InvocationContext } from "../handler/deadline.ts";
import { describeError } from "../observe/log.ts";
import { drop, fail, whichInvocation } from "./answers.ts";
import { deliveryStreamNameOf } from "./event.ts";
import { type OverflowContext, takeAll } from "./overflow.ts";
import { payloadFieldOf, readTime } from "./record.ts";
import type { TransformRun } from "./transform-run.ts";

/** Hands on what has no room in the response; what nobody takes fails. */
export async function makeRoom(
  run: TransformRun,
  context: InvocationContext | undefined,
): Promise<void> {
  const { logger, overflowing, plan } = run;
  if (overflowing.size === 0) return;
  const places = new Map([...overflowing].map(([place, record]) => [record, place]));
  const refused = await takeAll(
    plan.overflow,
    [...overflowing.values()],
    overflowContext(run, context),
    (error, records) =>
      logger.error("An overflow has failed, and has taken no record.", {
        ...whichInvocation(run),
        records,
        error: describeError(error),
      }),
  );
  for (const { record, reason } of refused) {
    const place = places.get(record)!;
    places.delete(record);
    fail(run, place, undefined, { error: { name: "ResponseFull", message: reason } });
  }
  for (const place of places.values()) drop(run, place, "overflowed");
  if (places.size === 0) return;
  logger.warn("Records had no room in the response and went to the overflow.", {
    ...whichInvocation(run),
    records: places.size,
  });
}

function overflowContext(
  { deadline, event, runtime }: TransformRun,
  context: InvocationContext | undefined,
): OverflowContext {
  const [first] = event.records;
  const arrival = readTime(first?.approximateArrivalTimestamp);
  const isOfMsk = event.sourceMSKArn !== undefined || payloadFieldOf(first!) !== "data";
  const streamArn = event.sourceKinesisStreamArn;
  const timeout = deadline.timeoutMs();
  // The last part of the margin is for the answer itself.
  const spare = Number.isFinite(timeout) ? (timeout - deadline.hardRemainingMs()) / 2 : 0;
  return {
    invocationId: event.invocationId,
    deliveryStreamArn: event.deliveryStreamArn,
    deliveryStreamName: deliveryStreamNameOf(event),
    source: streamArn ? { type: "kinesis", streamArn } : { type: isOfMsk ? "msk" : "direct" },
    arrival: Number.isNaN(arrival) ? runtime.clock.now() : arrival,
    functionArn: context?.invokedFunctionArn ?? "",
    remainingMs: () => Math.max(0, deadline.timeoutMs() - spare),
    runtime,
  };
}
