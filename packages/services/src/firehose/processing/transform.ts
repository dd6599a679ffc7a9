/** The transforming function: invoked with what was buffered, again where it failed, at most five at a time. */
import type { Clock } from "../../../../../src/time/clock.ts";
import { type Random, randomUuid } from "../../../../../src/time/random.ts";
import type { Activity } from "../activity.ts";
import type { DeliveryRecord, Failure } from "../record.ts";
import type { TransformPlan } from "../settings/plan.ts";
import type { Trace } from "../trace.ts";
import {
  cutIntoEvents,
  eventRecord,
  fitsAlone,
  mostEventBytes,
  type TransformEvent,
} from "./event.ts";
import { readVerdicts, type Verdict } from "./response.ts";

/**
 * Invokes the function once. Resolves to what it returned; rejects where it failed. An error named
 * `TooManyRequestsException` is a throttle.
 */
export type InvokeTransform = (
  event: TransformEvent,
  context: { readonly awsRequestId: string },
) => unknown;

export interface Transformed {
  readonly record: DeliveryRecord;
  /** As the function gave them. */
  readonly partitionKeys: Readonly<Record<string, string>>;
}

export interface TransformOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly plan: TransformPlan;
  readonly invoke: InvokeTransform;
  readonly names: Pick<TransformEvent, "deliveryStreamArn" | "sourceKinesisStreamArn" | "region">;
  readonly trace: Trace;
  readonly activity: Activity;
  onTransformed(transformed: Transformed): void;
  onFailure(failure: Failure): void;
  onDropped(record: DeliveryRecord): void;
}

/** Invocations under way at one time. */
const mostInvocations = 5;
/** Firehose waits no longer, whatever the timeout of the function is. */
const patience = 300_000;
/** Between two attempts at one batch; Firehose does not say how long it waits. */
const pause = 1000;
/** What Lambda answers at most, in bytes. */
const mostResponseBytes = mostEventBytes + 100;

export function transformer(
  options: TransformOptions,
): (records: readonly DeliveryRecord[]) => void {
  const { clock, random, plan, names, trace, activity } = options;
  const waiting: (readonly DeliveryRecord[])[] = [];
  let underWay = 0;

  function next(): void {
    while (underWay < mostInvocations) {
      const records = waiting.shift();
      if (!records) return;
      underWay++;
      const ended = activity.begin();
      void transform(records).finally(() => {
        underWay--;
        next();
        ended();
      });
    }
  }

  async function transform(records: readonly DeliveryRecord[]): Promise<void> {
    const invocationId = randomUuid(random);
    const [first] = records;
    if (records.length === 1 && first && !fitsAlone(first)) {
      const failure = { attempt: 0, ...functionError, errorMessage: tooLarge(first) };
      return settle(
        records,
        records.map(() => refusal(failure)),
        0,
      );
    }
    for (let attempt = 1; ; attempt++) {
      const at = clock.now();
      const outcome = await invokeOnce(records, invocationId);
      trace.add({
        ...{ type: "invocation", at, invocationId, attempt, records: records.length },
        ...{ duration: clock.now() - at, outcome: outcome.failed ? "failed" : "answered" },
        ...(outcome.failed && { error: outcome.error }),
      });
      if (!outcome.failed) {
        return settle(records, readVerdicts(outcome.response, records), attempt);
      }
      if (attempt > plan.retries) {
        const failure = refusal(isThrottle(outcome.error) ? throttled : functionError);
        return settle(
          records,
          records.map(() => failure),
          attempt,
        );
      }
      await new Promise<void>((resolve) => clock.after(pause, resolve));
    }
  }

  async function invokeOnce(
    records: readonly DeliveryRecord[],
    invocationId: string,
  ): Promise<
    | { readonly failed: false; readonly response: unknown }
    | { readonly failed: true; readonly error: unknown }
  > {
    const event = { invocationId, ...names, records: records.map(eventRecord) };
    let cancel = () => {};
    const tooLate = new Promise<never>((_, reject) => {
      cancel = clock.after(patience, () =>
        reject(new Error(`The function gave no answer within ${patience / 1000} s.`)),
      );
    });
    try {
      const awsRequestId = randomUuid(random);
      const answer = activity.outside(() => options.invoke(event, { awsRequestId }));
      const response = await Promise.race([answer, tooLate]);
      checkSize(response);
      return { failed: false, response };
    } catch (error) {
      return { failed: true, error };
    } finally {
      cancel();
    }
  }

  function settle(
    records: readonly DeliveryRecord[],
    verdicts: readonly Verdict[],
    attemptsMade: number,
  ): void {
    const at = clock.now();
    records.forEach((record, i) => {
      const verdict = verdicts[i]!;
      switch (verdict.result) {
        case "Ok":
          options.onTransformed({
            record: { ...record, data: verdict.data },
            partitionKeys: verdict.partitionKeys ?? {},
          });
          break;
        case "Dropped":
          options.onDropped(record);
          break;
        case "Refused": {
          const { errorCode, errorMessage } = verdict;
          const type = "processing-failed";
          options.onFailure({ record, type, errorCode, errorMessage, attemptsMade, at });
        }
      }
    });
  }

  return (records) => {
    waiting.push(...cutIntoEvents(records));
    next();
  };
}

interface BatchError {
  readonly errorCode: string;
  readonly errorMessage: string;
}

const functionError: BatchError = {
  errorCode: "Lambda.FunctionError",
  errorMessage: "The Lambda function was invoked but it returned an error result.",
};
const throttled: BatchError = {
  errorCode: "Lambda.InvokeLimitExceeded",
  errorMessage:
    "The Lambda concurrent execution limit is exceeded. Increase the concurrent execution limit.",
};

const refusal = ({ errorCode, errorMessage }: BatchError): Verdict => ({
  result: "Refused",
  errorCode,
  errorMessage,
});

const tooLarge = ({ data }: DeliveryRecord) =>
  `The record has ${data.length} bytes, and an event that holds it is larger than the ${mostEventBytes} bytes that Lambda takes.`;

const isThrottle = (error: unknown) => (error as Error)?.name === "TooManyRequestsException";

function checkSize(response: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(response) ?? "");
  if (bytes <= mostResponseBytes) return;
  throw new RangeError(
    `The response has ${bytes} bytes as JSON, and Lambda answers ${mostResponseBytes} at most. Use smaller buffering hints, or answer less.`,
  );
}
