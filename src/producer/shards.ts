/**
 * What is known of the shards, and how far it is to be trusted. Aggregates are made only on a map that is: a record by itself goes
 * where it belongs, whatever is believed here, and an aggregate does not.
 */
import type { Entry } from "./entries.ts";
import type { Settings } from "./settings.ts";
import { contains, isSameMap, type ShardMap, type ShardRange, shardIn } from "./shard-map.ts";
import { never } from "./wake-up.ts";

export interface Shards {
  readonly map: ShardMap | undefined;
  /** `"aggregate"`; `"plain"`: each record by itself; `"wait"`: the shards are being asked for, which takes a moment. */
  readonly mode: "aggregate" | "plain" | "wait";
  /** When the mode changes by itself, or the shards are asked for again. */
  readonly wakeAt: number;
  /** Asks where it is time to; called while something is outstanding. */
  look(): void;
  /** Whether all records of the entry belong into this shard; `createdAt` 0: whenever it was made. */
  explains(shardId: string, createdAt: number, entry: Entry): boolean;
  /**
   * Records came to shards where the map has them not. Resolves when the shards were asked for anew, or that has to wait. As long as
   * the map does not know these shards, records go by themselves, until it was asked for once more.
   */
  doubt(seen: readonly string[]): Promise<void>;
}

export interface ShardsOptions {
  readonly now: () => number;
  readonly list: () => Promise<ShardMap>;
  /** Another map than before. */
  readonly onMap: (map: ShardMap) => void;
  readonly onListed: (shards: number, error: unknown) => void;
  readonly settings: Pick<Settings, "aggregation" | "requestTimeoutMs" | "ttlMs">;
}

/** So long records wait for the shards rather than go by themselves, where these were asked for before. */
const laterPatienceMs = 1000;
const soonestMs = 1000;
const latestMs = 30_000;

export function watchShards({ now, list, onMap, onListed, settings }: ShardsOptions): Shards {
  let map: ShardMap | undefined;
  let isTrusted = false;
  let asking: Promise<void> | undefined;
  // The first records wait longer: the SDK is loaded meanwhile, credentials are, and what they are put with waits for both as well.
  let patienceMs = Math.min(settings.requestTimeoutMs, settings.ttlMs / 2);
  let patientUntil = 0;
  let nextAt = 0;
  let pauseMs = soonestMs;

  async function ask(): Promise<void> {
    patientUntil = now() + patienceMs;
    patienceMs = laterPatienceMs;
    try {
      const found = await list();
      pauseMs = soonestMs;
      isTrusted = true;
      onListed(found.length, undefined);
      if (isSameMap(map, found)) return;
      map = found;
      onMap(found);
    } catch (error) {
      nextAt = now() + pauseMs;
      pauseMs = Math.min(latestMs, pauseMs * 1.5);
      onListed(map?.length ?? 0, error);
    } finally {
      asking = undefined;
    }
  }

  const look = () => {
    if (!isTrusted && now() >= nextAt) asking ??= ask();
    return asking;
  };

  return {
    get map() {
      return map;
    },
    get mode() {
      if (!settings.aggregation) return "plain";
      if (isTrusted) return "aggregate";
      return asking && now() < patientUntil ? "wait" : "plain";
    },
    get wakeAt() {
      if (isTrusted) return never;
      if (!asking) return nextAt;
      return now() < patientUntil ? patientUntil : never;
    },
    look,
    async doubt(seen) {
      isTrusted = false;
      await look();
      if (seen.every((shardId) => shardIn(map, shardId))) return;
      // ListShards may be behind, or ahead. What is asked for next is believed.
      isTrusted = false;
      nextAt = Math.max(nextAt, now() + soonestMs);
    },
    explains(shardId, createdAt, { pending }) {
      const shard = shardIn(map, shardId);
      if (!shard || !isSameShard(shard, createdAt)) return false;
      return pending.every(({ hashKey }) => contains(shard, hashKey));
    },
  };
}

/** One of a stream that was deleted and made again has the same id. */
export const isSameShard = (shard: Pick<ShardRange, "createdAt">, createdAt: number): boolean =>
  shard.createdAt === 0 || createdAt === 0 || shard.createdAt === createdAt;
