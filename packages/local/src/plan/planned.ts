/** What a plan says. */
import type { Choice } from "./choose.ts";
import type { MonthlyCost } from "./cost.ts";
import type { Load } from "./load.ts";
import type { Prices } from "./prices.ts";
import type { Queue } from "./simulate.ts";
import type { Wishes } from "./wishes.ts";

export interface Plan extends Choice {
  readonly load: Load;
  readonly wishes: Wishes;
  readonly queue: Queue;
  /** Invocations that may run at once: shards times the factor. */
  readonly concurrencyAtMost: number;
  /** Invocations that run at once on average, at the peak. */
  readonly concurrency: number;
  readonly cost: MonthlyCost;
  readonly prices: Pick<Prices, "region" | "currency">;
  /** What one should know before following it. */
  readonly notes: readonly string[];
  /** Whether the settings keep up, and within the wanted age. */
  readonly ok: boolean;
}
