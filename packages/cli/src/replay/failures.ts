/** Why batches failed: for what a replay says of those that never came through. */

import {
  type BatchEvent,
  type DiscardedEvent,
  FunctionError,
  type LogEvent,
  type MachineEvent,
} from "@shardmill/local/rig";
import { readLogLine } from "../project/function-output.ts";

/** A batch that the mapping gave up. */
export interface GivenUp {
  readonly shardId: string;
  readonly firstSequenceNumber: string;
  readonly records: number;
  readonly attempts: number;
  /** `RetryAttemptsExhausted` or `RecordAgeExceeded`. */
  readonly condition: string;
  /** Of its last attempt. Absent: it had none. */
  readonly error?: string;
}

export interface Failures {
  readonly onEvent: (event: MachineEvent) => void;
  /** Why a batch failed, of which `onEvent` has heard. */
  errorOf(event: BatchEvent): string | undefined;
  /** The first of them: a replay that loses everything need not remember it all. */
  readonly givenUp: readonly GivenUp[];
}

const mostGivenUp = 100;

export function watchFailures(): Failures {
  /** By request id: the errors that were logged, by sequence number; the last one under "". */
  const logged = new Map<string, Map<string, string>>();
  /** By shard and first sequence number, while a batch fails. */
  const failing = new Map<string, string>();
  const givenUp: GivenUp[] = [];
  const placeOf = (shardId: string, sequenceNumber = "") => `${shardId} ${sequenceNumber}`;

  function onLog({ line: { line, requestId } }: LogEvent): void {
    const { level, message, error, sequenceNumber = "" } = readLogLine(line);
    if (requestId === undefined || level !== "ERROR") return;
    const ofRequest = logged.get(requestId) ?? new Map<string, string>();
    logged.set(requestId, ofRequest);
    for (const name of [sequenceNumber, ""]) ofRequest.set(name, error ?? message);
  }

  function onBatch({ invocation, response }: BatchEvent): void {
    const { shardId, requestId, outcome, error, sequenceNumbers } = invocation;
    const place = placeOf(shardId, sequenceNumbers[0]);
    const ofRequest = logged.get(requestId);
    logged.delete(requestId);
    if (outcome !== "failure") failing.delete(place);
    else failing.set(place, errorText(error) ?? namedText(response, ofRequest));
  }

  function onDiscarded({ document }: DiscardedEvent): void {
    const { shardId, startSequenceNumber = "", batchSize = 0 } = document.KinesisBatchInfo;
    const { condition, approximateInvokeCount } = document.requestContext;
    const place = placeOf(shardId, startSequenceNumber);
    const error = failing.get(place);
    failing.delete(place);
    if (givenUp.length >= mostGivenUp) return;
    givenUp.push({
      ...{ shardId, condition, firstSequenceNumber: startSequenceNumber, records: batchSize },
      attempts: approximateInvokeCount,
      ...(error !== undefined && { error }),
    });
  }

  return {
    givenUp,
    errorOf: ({ invocation: { shardId, sequenceNumbers } }) =>
      failing.get(placeOf(shardId, sequenceNumbers[0])),
    onEvent(event) {
      if (event.type === "log") onLog(event);
      if (event.type === "batch") onBatch(event);
      if (event.type === "discarded") onDiscarded(event);
    },
  };
}

/** What was thrown. */
function errorText(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof FunctionError)) return (error as Error).message ?? String(error);
  return `${error.errorType}: ${error.errorMessage}`;
}

/** Where the function named its first record, the error stands in its log, if anywhere. */
function namedText(response: unknown, logged: ReadonlyMap<string, string> | undefined): string {
  const [first] =
    (response as { batchItemFailures?: readonly { itemIdentifier?: unknown }[] } | undefined)
      ?.batchItemFailures ?? [];
  const error = logged?.get(String(first?.itemIdentifier)) ?? logged?.get("");
  return error ?? "the function named its first record as failed, and logged no error";
}
