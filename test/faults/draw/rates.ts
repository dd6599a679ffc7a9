/** Draws how often what goes wrong. */
import type { Chance } from "../mapping/plan.ts";
import type { Rates } from "../scenario.ts";

const hour = 3_600_000;

/** Most days have few kinds of trouble, so that each kind is seen with and without the others. */
export function drawRates(chance: Chance): Rates {
  const often = chance.oneOf([0.1, 0.3, 0.6]);
  const maybe = (...choices: readonly number[]) =>
    chance.happens(often) ? chance.oneOf(choices) : 0;
  return {
    kill: maybe(0.001, 0.01, 0.05),
    freeze: maybe(0.001, 0.01, 0.03),
    freezeMs: chance.oneOf([
      [10, 2000],
      [1000, 120_000],
      [1000, 5 * hour],
    ]),
    throws: maybe(0.01, 0.1, 0.4),
    hangs: maybe(0.005, 0.05),
    throttled: maybe(0.1, 0.3),
    twice: maybe(0.05, 0.3, 0.8),
    cold: maybe(0.1, 0.5, 1),
    stranger: maybe(0.05),
    park: maybe(0.1, 0.5),
    parents: maybe(0.3, 0.8),
    destination: maybe(0.3),
    store: {
      throttle: maybe(0.02, 0.2),
      partitionUnits: maybe(2, 10),
      failBefore: maybe(0.02, 0.2),
      lostReply: maybe(0.02, 0.2),
      lateWrite: maybe(0.02, 0.1),
      lateByMs: chance.oneOf([500, 5000, 60_000]),
      transactionConflict: maybe(0.05, 0.2),
      unprocessedKeys: maybe(0.3),
      staleRead: 1,
      staleByMs: 5000,
      latencyMs: chance.oneOf([
        [0, 0],
        [1, 20],
        [1, 20],
        [5, 900],
      ]),
    },
  };
}
