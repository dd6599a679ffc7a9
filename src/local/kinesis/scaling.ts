/** More shards or fewer, of equal size, made by splits and merges. */
import { checkRange } from "./constraint.ts";
import { limitExceeded } from "./error.ts";
import { evenRanges } from "./hash-space.ts";
import { mergePair, type Reshard, splitAt } from "./reshard.ts";
import type { StreamState } from "./stream.ts";

const day = 24 * 3_600_000;
const mostPerDay = 10;
/** Of a stream. */
export const mostShards = 10_000;

/** Bounds of ranges that differ by less than this are the same: remainders of odd divisions. */
const tolerance = 2n ** 64n;

/** UpdateShardCount. */
export function planScaling(stream: StreamState, target: number, now: number): Reshard {
  checkTarget(stream.open.length, target);
  const recent = stream.scalings.filter((at) => at > now - day);
  if (recent.length >= mostPerDay) {
    throw limitExceeded(
      `UpdateShardCount is limited to ${mostPerDay} times per stream in 24 hours. Stream ${stream.name} under account ${stream.accountId} has reached the limit.`,
    );
  }
  return (then) => {
    stream.scalings = [...recent, now];
    scaleTo(stream, target, then);
  };
}

/** What an on-demand stream does when it is too small. */
export const planDoubling =
  (stream: StreamState): Reshard =>
  (now) =>
    scaleTo(stream, Math.min(stream.open.length * 2, mostShards), now);

function checkTarget(open: number, target: number): void {
  checkRange("targetShardCount", target, 1, Number.MAX_SAFE_INTEGER);
  const refuse = (bound: string) =>
    limitExceeded(
      `UpdateShardCount cannot scale ${bound}. Current open shard count: ${open}, Target shard count: ${target}`,
    );
  if (target > open * 2) throw refuse("up over double your current open shard count");
  if (target < open / 2) throw refuse("down below half your current open shard count");
  if (target > mostShards) throw refuse(`up over ${mostShards} shards in a stream`);
}

/**
 * First splits at every bound that the new division has and the old one has not, then merges
 * whatever lies between two bounds. Shards in between live for a moment and stay listed, closed.
 */
function scaleTo(stream: StreamState, target: number, now: number): void {
  const starts = evenRanges(target).map(({ start }) => start);
  const kept: bigint[] = [];
  let at = 0;
  for (const start of starts) {
    // The last shard that starts at or before the bound, give or take the tolerance.
    while (at + 1 < stream.open.length && stream.open[at + 1]!.range.start <= start + tolerance)
      at++;
    const shard = stream.open[at]!;
    if (start - shard.range.start <= tolerance) {
      kept.push(shard.range.start);
    } else {
      kept.push(start);
      splitAt(stream, shard, start, now);
      at++;
    }
  }
  kept.forEach((_, i) => {
    const next = kept[i + 1];
    for (;;) {
      const adjacent = stream.open[i + 1];
      if (!adjacent || adjacent.range.start === next) break;
      mergePair(stream, stream.open[i]!, adjacent, now);
    }
  });
}
