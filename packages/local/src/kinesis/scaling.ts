/** More shards or fewer, of equal size, made by splits and merges. */
import { checkRange } from "./constraint.ts";
import { limitExceeded } from "./error.ts";
import { evenRanges } from "./hash-space.ts";
import { mergePair, type Reshard, splitAt } from "./reshard.ts";
import type { StreamState } from "./state.ts";

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
 * Goes along the hash space: where a new shard is to end, the shard that lies there is split, and the
 * new shard's pieces are merged. This is the order seen on AWS, where four shards scaled to three leave
 * 6, 9 and 10 open. Pieces live for a moment and stay listed, closed.
 */
function scaleTo(stream: StreamState, target: number, now: number): void {
  evenRanges(target).forEach(({ end }, at) => {
    const bound = end + 1n;
    // The last shard takes all that is left, however little.
    const near = at === target - 1 ? 0n : tolerance;
    let last = at;
    while (endOf(stream, last) < bound - near) last++;
    if (endOf(stream, last) > bound + near) splitAt(stream, stream.open[last]!, bound, now);
    for (; last > at; last--) mergePair(stream, stream.open[at]!, stream.open[at + 1]!, now);
  });
}

const endOf = (stream: StreamState, index: number) => stream.open[index]!.range.end + 1n;
