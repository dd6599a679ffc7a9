/** Whether the last minutes have filled a stream. */
import { type LoadMinute, shardsFilledBy } from "./load.ts";
import { foreseenAt, type Outlook } from "./outlook.ts";
import type { ScalingPolicy } from "./policy.ts";

/** A metric that is older says nothing of now. */
const freshFor = 10 * 60_000;

/** A load is a surprise where it is more than so many times what was foreseen for its quarter of an hour and those beside it. */
const surprising = 1.1;

/** Why the stream is too small for the last minute; undefined: it is not. */
export function pressureOf(
  minutes: readonly LoadMinute[],
  outlook: Outlook | undefined,
  shards: number,
  policy: ScalingPolicy,
  now: number,
): string | undefined {
  const last = minutes.at(-1);
  if (!last || now - last.at > freshFor) return undefined;
  const filled = shardsFilledBy(last);
  // What the days before had is planned for: operations are not spent on its busiest minutes.
  const isSurprise = !outlook || filled > surprising * foreseenAt(outlook, now);
  const isFull = filled > policy.upAbove * shards && isSurprise;
  // Where single shards refuse records, more of all of them are no help; where most are full, they are.
  const isRefusing = last.throttled > 0 && filled > policy.targetUtilization * shards;
  if (!isFull && !isRefusing) return undefined;
  const refused = last.throttled > 0 ? `, with ${last.throttled} records refused` : "";
  return `the last minute would have filled ${percent(filled / shards)} of them${refused}`;
}

/** The most shards that a minute since then has filled. Undefined: not all of the time is known, or nothing of now. */
export function busiestSince(
  minutes: readonly LoadMinute[],
  since: number,
  now: number,
): number | undefined {
  const last = minutes.at(-1);
  if (!last || now - last.at > freshFor) return undefined;
  let most = 0;
  for (let index = minutes.length - 1; index >= 0; index--) {
    const each = minutes[index]!;
    most = Math.max(most, shardsFilledBy(each));
    if (each.at <= since) return most;
  }
  return undefined;
}

export const percent = (share: number) => `${Math.round(100 * share)} %`;
