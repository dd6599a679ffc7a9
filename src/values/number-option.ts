export interface NumberRange {
  readonly least: number;
  /** @default Infinity, which is then a value itself */
  readonly most?: number;
  readonly isWhole?: boolean;
}

/** Throws where an option that is given is no number of its range. `option` is such as "kinesisEvent: from". */
export function checkNumber(
  option: string,
  value: unknown,
  { least, most = Number.POSITIVE_INFINITY, isWhole = false }: NumberRange,
): void {
  if (value === undefined) return;
  const isNumber = isWhole ? Number.isInteger(value) : typeof value === "number";
  if (isNumber && (value as number) >= least && (value as number) <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `from ${least}` : `from ${least} to ${most}`;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new RangeError(
    `${option} must be a ${isWhole ? "whole " : ""}number ${range}; it is ${shown}.`,
  );
}

/** The last moment that a `Date` has, in epoch milliseconds. */
export const lastMoment = 8_640_000_000_000_000;
