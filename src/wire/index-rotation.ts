/**
 * The name of an index, which changes with time as Firehose changes it.
 * https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html#es-index-rotation
 */

/** How often a new index begins, under AWS's names. */
export type IndexRotation = "NoRotation" | "OneHour" | "OneDay" | "OneWeek" | "OneMonth";

export const indexRotations: readonly IndexRotation[] = [
  "NoRotation",
  "OneHour",
  "OneDay",
  "OneWeek",
  "OneMonth",
];

/**
 * The index of a record, by its time in epoch milliseconds, UTC.
 *
 * @example
 * rotatedIndex("orders", "OneDay", Date.UTC(2026, 1, 3)); // "orders-2026-02-03"
 */
export function rotatedIndex(index: string, rotation: IndexRotation, time: number): string {
  if (rotation === "NoRotation") return index;
  const date = new Date(time).toISOString();
  switch (rotation) {
    case "OneHour":
      return `${index}-${date.slice(0, 13).replace("T", "-")}`;
    case "OneDay":
      return `${index}-${date.slice(0, 10)}`;
    case "OneWeek":
      return `${index}-${week(new Date(time))}`;
    case "OneMonth":
      return `${index}-${date.slice(0, 7)}`;
  }
}

const dayMs = 86_400_000;

/**
 * `yyyy-wNN`. AWS's guide says that weeks begin on Sunday, and that the first one is that of the year's first Saturday, which is the week of
 * January 1. (Its example has a number that this rule does not give; the rule is the newer.)
 */
function week(date: Date): string {
  const saturday = new Date(date.getTime() + (6 - date.getUTCDay()) * dayMs);
  const year = saturday.getUTCFullYear();
  const dayOfYear = Math.floor((saturday.getTime() - Date.UTC(year, 0, 1)) / dayMs) + 1;
  return `${year}-w${String(Math.ceil(dayOfYear / 7)).padStart(2, "0")}`;
}
