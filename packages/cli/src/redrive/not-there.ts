/** What a command line names and nobody has found: said before anything comes back. */

import { nearest } from "../../../../src/values/nearest.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { counted, listed } from "../terminal/counted.ts";
import type { ParkedItem } from "./found.ts";
import type { RedriveSettings } from "./settings.ts";

/** Nothing of the consumer is parked there, and nothing tells that there is such a consumer. */
export function noConsumer(given: string, where: string, others: readonly string[]): UsageError {
  const near = nearest(given, others);
  const hint = near
    ? `Did you mean ${near}?`
    : others.length > 0
      ? `Parked are records of ${listed([...others].sort())}.`
      : "Nothing of any other consumer is, either.";
  return new UsageError(`nothing of ${given} is parked ${where}. ${hint}`);
}

export type Named = Pick<ParkedItem, "id" | "consumer" | "state">;

/**
 * `seen` are all parked records that were looked at, of which `wanted` are to come back. Throws UsageError
 * where a name is not among them. `note` hears of those that are back already.
 */
export function checkNamed(
  { ids, consumer, queue, bucket, limit }: RedriveSettings,
  seen: readonly Named[],
  wanted: number,
  note: (text: string) => void,
): void {
  const place = queue ?? bucket;
  const where = place === undefined ? "here" : `in ${place}`;
  const consumers = new Set(seen.map((item) => item.consumer));
  if (consumer !== undefined && seen.length > 0 && !consumers.has(consumer)) {
    throw noConsumer(consumer, where, [...consumers]);
  }
  const byId = new Map(seen.map((item) => [item.id, item]));
  for (const id of ids) {
    if (byId.get(id)?.state === "redriven") note(`${id} is back already: it was redriven.`);
  }
  // A queue gives no more than it is asked for.
  if (wanted >= limit || (queue !== undefined && limit < Number.POSITIVE_INFINITY)) return;
  const missing = ids.find((id) => !byId.has(id));
  if (missing === undefined) return;
  const near = nearest(missing, [...byId.keys()]);
  const there = `${counted(byId.size, "record")} ${byId.size === 1 ? "is" : "are"} there`;
  const hint = near ? `Did you mean ${near}?` : `${there}: --dry-run without --id lists them.`;
  throw new UsageError(`no record is parked ${where} with the id ${missing}. ${hint}`);
}
