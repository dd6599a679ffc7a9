/** What became of a record or a batch. */

export const outcomes = [
  "redriven",
  "repeated",
  "duplicate",
  "processed",
  "failed",
  "waiting",
  "unsaved",
  "unconfirmed",
  "busy",
  "expired",
  "refused",
  /** With `--dry-run`. */
  "would redrive",
] as const;

export type Outcome = (typeof outcomes)[number];

/** Something is still to be done. */
export const outcomesLeft: readonly Outcome[] = [
  "failed",
  "waiting",
  "unsaved",
  "unconfirmed",
  "busy",
  "expired",
  "refused",
];

/** Its effect is done and remembered, here or elsewhere. */
export const isDone = (outcome: Outcome): boolean =>
  ["redriven", "repeated", "duplicate", "processed"].includes(outcome);

/** What is told of it: a line, or an object with `--json`. */
export interface Told {
  readonly outcome: Outcome;
  /** Where it lies. */
  readonly where: string;
  /** Of a parked record. */
  readonly id?: string;
  readonly partitionKey?: string;
  readonly attempts?: number;
  /** ISO 8601. */
  readonly arrivedAt?: string;
  /** How many it is: those of a batch. */
  readonly records: number;
  /** The error, or why not. */
  readonly what?: string;
}
