/** What an invocation came to: the reading of a response, or of an error. */

/** `functionError` is what the failure document will say: null when item failures were the cause. */
export type Outcome =
  | { readonly kind: "success" }
  /** Everything before `from` is done; `from` is above 0. */
  | { readonly kind: "partial"; readonly from: number }
  | {
      readonly kind: "failure";
      readonly functionError: "Unhandled" | null;
      readonly error?: unknown;
    }
  /** Lambda did not run the function. */
  | { readonly kind: "throttle"; readonly error: unknown }
  /** The event is larger than Lambda takes. */
  | { readonly kind: "tooLarge"; readonly error: unknown };

type Sequenced = { readonly sequenceNumber: string };

const failed: Outcome = { kind: "failure", functionError: null };
const succeeded: Outcome = { kind: "success" };

/**
 * Reads the response to a batch.
 *
 * With ReportBatchItemFailures off, every response is a success. With it on:
 *
 *     "" [] null nothing {} {batchItemFailures: []} {batchItemFailures: null}   success
 *     any identifier that is missing, empty or of no record in the batch       failure of the whole batch
 *     the lowest identifier is the first record's                              failure of the whole batch
 *     otherwise                                                                done up to the lowest identifier
 *
 * A response that is no object has no item failures, whatever it is; item failures that are
 * neither null nor a list are malformed and fail the batch.
 */
export function readResponse(
  response: unknown,
  records: readonly Sequenced[],
  reportsItemFailures: boolean,
): Outcome {
  if (!reportsItemFailures) return succeeded;
  if (typeof response !== "object" || response === null) return succeeded;
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return succeeded;
  if (!Array.isArray(failures)) return failed;
  if (failures.length === 0) return succeeded;
  const from = lowestFailure(failures, records);
  if (from === undefined || from === 0) return failed;
  return { kind: "partial", from };
}

/**
 * The index of the first record that is named; undefined when an entry names none. The records of
 * a batch are in the numeric order of their sequence numbers, so the lowest index is the lowest number.
 */
function lowestFailure(
  failures: readonly unknown[],
  records: readonly Sequenced[],
): number | undefined {
  const named = new Set<string>();
  for (const failure of failures) {
    const id = (failure as { itemIdentifier?: unknown } | null | undefined)?.itemIdentifier;
    if (typeof id !== "string") return undefined;
    named.add(id);
  }
  let lowest: number | undefined;
  let found = 0;
  let previous: string | undefined;
  for (const [index, { sequenceNumber }] of records.entries()) {
    // The records of one aggregate share a number: it is counted once, and means the first of them.
    if (sequenceNumber === previous || !named.has(sequenceNumber)) continue;
    previous = sequenceNumber;
    lowest ??= index;
    found++;
  }
  return found === named.size ? lowest : undefined;
}

/** Reads an error: one named TooManyRequestsException is a throttle, every other one the function's. */
export function readError(error: unknown): Outcome {
  const name = (error as { name?: unknown } | null | undefined)?.name;
  if (name === "TooManyRequestsException") return { kind: "throttle", error };
  return { kind: "failure", functionError: "Unhandled", error };
}
