/** What can be wrong with a row: it is dropped, and the error stream says why. */

/** The names are ours: Kinesis Analytics documents none. */
export type RowErrorName =
  | "CONVERSION_FAILED"
  | "DIVISION_BY_ZERO"
  | "INVALID_ARGUMENT"
  | "NOT_NULL_VIOLATION"
  | "NUMERIC_OVERFLOW"
  | "OUT_OF_ORDER";

/** Why a row is dropped. */
export class RowError extends Error {
  override readonly name = "RowError";
  /** ERROR_NAME of the error stream. */
  readonly code: RowErrorName;

  constructor(code: RowErrorName, message: string) {
    super(message);
    this.code = code;
  }
}

/** A value as messages show it: short. */
export function showValue(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
