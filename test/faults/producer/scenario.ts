/** A day of a producer, drawn from a seed: what is put when, with which options, and what goes wrong. */
import type { KinesisProducerOptions } from "../../../src/producer.ts";
import { type Random, seededRandom } from "../../../src/time/random.ts";

/** In epoch milliseconds; all times of a day are counted from it. */
export const dayBegins = Date.UTC(2026, 0, 1);

export interface PlannedPut {
  readonly at: number;
  readonly key: string;
  readonly explicitHashKey?: string;
  readonly bytes: number;
  /** By tryPut. */
  readonly isTried: boolean;
}

export interface Reshard {
  readonly at: number;
  readonly kind: "split" | "merge";
  /** Which of the open shards. */
  readonly which: number;
  /** In the middle of the next request. */
  readonly inRequest: boolean;
}

/** Chances of a request. */
export interface Rates {
  /** It comes, and its answer does not. */
  readonly lostReply: number;
  /** It does not come. */
  readonly lostRequest: number;
  /** It comes long after everybody has given up on it. */
  readonly zombie: number;
  /** It is refused as a whole. */
  readonly refused: number;
  /** Each entry is refused. */
  readonly throttled: number;
  readonly internal: number;
  /** ListShards fails. */
  readonly listFails: number;
}

export interface Scenario {
  readonly seed: number;
  readonly shards: number;
  readonly options: Omit<KinesisProducerOptions, "stream" | "client" | "runtime" | "on">;
  readonly puts: readonly PlannedPut[];
  readonly reshards: readonly Reshard[];
  readonly freezes: readonly { readonly at: number; readonly ms: number }[];
  readonly rates: Rates;
  /** How long ListShards does not know of a reshard. */
  readonly listLagMs: number;
  readonly latencyMs: number;
  /** Whether ListShards is allowed at all. */
  readonly mayList: boolean;
  readonly flushAt: readonly number[];
}

export function drawScenario(seed: number): Scenario {
  const random = seededRandom(seed);
  const chance = (probability: number) => random() < probability;
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const keys = Array.from({ length: pick(1, 3, 8, 40) }, (_, n) => `key-${n}`);
  const duration = pick(500, 5_000, 40_000);
  const count = pick(5, 40, 150);
  const isCalm = chance(0.2);
  const often = () => (isCalm || chance(0.5) ? 0 : pick(0.02, 0.1, 0.4));
  return {
    seed,
    shards: pick(1, 2, 4),
    options: {
      order: chance(0.85) ? "partitionKey" : "none",
      afterGivenUp: pick("continue", "failKey"),
      aggregation: chance(0.25) ? false : { maxSize: pick(200, 2_000, 51_200) },
      maxBufferedMs: pick(0, 50, 100, 1_000),
      ttlMs: pick(1_000, 30_000, 30_000, Number.POSITIVE_INFINITY),
      failIfThrottled: chance(0.1),
      maxRequests: pick(1, 2, 24),
      maxOutstanding: { records: pick(3, 50, 50_000), bytes: pick(500, 32 << 20) },
      collection: { maxCount: pick(2, 500) },
    },
    puts: drawPuts(random, keys, duration, count),
    reshards: Array.from({ length: isCalm ? 0 : pick(0, 1, 1, 2, 4) }, () => ({
      at: Math.floor(random() * duration),
      kind: pick("split", "split", "merge"),
      which: Math.floor(random() * 8),
      inRequest: chance(0.5),
    })),
    freezes: Array.from({ length: isCalm ? 0 : pick(0, 0, 1, 2) }, () => ({
      at: Math.floor(random() * duration),
      ms: pick(500, 20_000, 600_000),
    })),
    rates: {
      lostReply: often(),
      lostRequest: often(),
      zombie: often() / 4,
      refused: often(),
      throttled: often(),
      internal: often(),
      listFails: often(),
    },
    listLagMs: pick(0, 0, 100, 3_000),
    latencyMs: pick(1, 10, 80),
    mayList: chance(0.9),
    flushAt: Array.from({ length: pick(0, 0, 1, 3) }, () => Math.floor(random() * duration)),
  };
}

function drawPuts(random: Random, keys: string[], duration: number, count: number): PlannedPut[] {
  const largest = 2n ** 128n - 1n;
  const hashKeys = [0n, largest / 3n, largest].map(String);
  const at = Array.from({ length: count }, () => Math.floor(random() ** 2 * duration));
  return at
    .sort((a, b) => a - b)
    .map((at) => {
      const key = keys[Math.floor(random() * keys.length)]!;
      // A key has one hash key, or its records have no order among shards.
      const explicit = key.endsWith("2") ? hashKeys[1] : undefined;
      return {
        ...{ at, key, bytes: Math.floor(random() ** 3 * 300), isTried: random() < 0.1 },
        ...(explicit === undefined ? {} : { explicitHashKey: explicit }),
      };
    });
}
