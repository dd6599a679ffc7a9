/** What becomes of a decision: it is carried out, or it is said why not. */
import type { Decision } from "../decide.ts";
import { recentOperations } from "../operations.ts";
import { splitPointOf } from "../split-point.ts";
import type { RememberedOperations } from "./operation-tag.ts";
import type { StreamCalls } from "./stream-calls.ts";

/** What was done. */
export interface Done {
  readonly kind: Decision["kind"];
  /** Shards that were asked for; undefined where nothing was. */
  readonly target?: number | undefined;
  readonly why: string;
  /** What is remembered of the stream from now on. */
  readonly remembered: RememberedOperations;
  /** A shard of which it was found that a single key fills it. */
  readonly hotKeyIn?: string | undefined;
}

/** How far back a hot shard's records are looked at. */
const sampledMs = 60_000;

/**
 * Does it. An operation is remembered before it is asked for: what is lost then counts one too many, and never one too few. What AWS
 * refuses because of a limit, or because something is under way, is no failure.
 */
export async function act(
  decision: Decision,
  {
    calls,
    shards,
    remembered,
    now,
  }: {
    readonly calls: StreamCalls;
    readonly shards: number;
    readonly remembered: RememberedOperations;
    readonly now: number;
  },
): Promise<Done> {
  const { kind, why } = decision;
  const waits = (reason: string, known = remembered): Done => ({
    kind: "wait",
    why: reason,
    remembered: known,
  });
  try {
    if (kind === "wait") return waits(why);
    if (kind === "scale") {
      const { target } = decision;
      const known = { operations: [...recentOperations(remembered.operations, now), now] };
      await calls.remember(known, now);
      try {
        await calls.scale(target);
      } catch (error) {
        if (nameOf(error) !== "LimitExceededException") throw error;
        const refused = { ...known, refusedAt: now };
        await calls.remember(refused, now);
        return waits(`AWS refuses ${target} shards: ${(error as Error).message}`, refused);
      }
      return { kind, target, why, remembered: known };
    }
    if (kind === "merge") {
      await calls.merge(decision.lower.shardId, decision.upper.shardId);
      return { kind, target: shards - 1, why, remembered };
    }
    const { shard } = decision;
    const point = splitPointOf(await calls.sample(shard.shardId, now - sampledMs), shard);
    if (point.kind === "unknown") {
      return waits(`${why}; its last minute has too few records to say where to split it`);
    }
    if (point.kind === "hot key") {
      const found = `${why}; one key has ${percent(point.share)} of its bytes, so that a split would not help: use more keys`;
      return { ...waits(found), hotKeyIn: shard.shardId };
    }
    await calls.split(shard.shardId, point.newStartingHashKey);
    const where = `split at ${point.newStartingHashKey}, above ${percent(point.share)} of its bytes`;
    return { kind, target: shards + 1, why: `${why}: ${where}`, remembered };
  } catch (error) {
    if (nameOf(error) !== "ResourceInUseException") throw error;
    return waits("an operation that somebody else has begun is under way");
  }
}

const nameOf = (error: unknown) => (error as Error | undefined)?.name;

const percent = (share: number) => `${Math.round(100 * share)} %`;
