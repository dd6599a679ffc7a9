/** The random cut forest as users have it. */
import { type Explanation, explain } from "./explanation.ts";
import { attributeRow, type Forest, learnRow, plantForest, scoreRow } from "./forest.ts";
import { checkSeed, type ForestOptions, planOf } from "./options.ts";
import { readForest } from "./read-forest.ts";
import { writeForest } from "./write-forest.ts";

/** Scores rows by how strange they are beside those before them, and learns from each. Made by {@link randomCutForest}. */
export interface RandomCutForest {
  /** How many rows it has learned. */
  readonly rows: number;
  /**
   * How strange the row would be as the next one: about 1 or less for what is like most, above 2 or 3 for what is not. 0 until `subSampleSize` rows are
   * learned. Changes nothing. Throws a RangeError where the row has another length, or a number that is not finite.
   */
  score(row: ArrayLike<number>): number;
  /** The score, and what each column has to do with it. Takes about as long as 3 to 5 scores. Changes nothing. */
  explain(row: ArrayLike<number>): Explanation;
  /**
   * The shares of the score by dimension, as the reference library gives them: `high` for being above what was seen, `low` for being below. A shingle has
   * its columns side by side, the oldest row first.
   */
  attribution(row: ArrayLike<number>): { readonly high: Float64Array; readonly low: Float64Array };
  /** Learns the row. Its score is asked for before that. */
  update(row: ArrayLike<number>): void;
  /**
   * The whole forest in bytes, about half a megabyte with 100 trees and 3 columns. A forest restored from it and given the rows that came since is
   * the same to the last bit; equal forests have equal bytes.
   */
  snapshot(): Uint8Array;
}

/**
 * A random cut forest (Guha, Mishra, Roy and Schrijvers, "Robust Random Cut Forest Based Anomaly Detection on Streams", ICML 2016), as SQL's
 * RANDOM_CUT_FOREST has it. The same rows under the same seed give the same scores on every machine, and, bit for bit, those of AWS's library for
 * Java, version 4. Throws a RangeError for an option out of its range.
 *
 * @example
 * ```ts
 * const forest = randomCutForest({ columns: 2, timeDecay: 10_000 });
 * for (const { price, volume } of trades) {
 *   if (forest.score([price, volume]) > 3) console.log("strange", price, volume);
 *   forest.update([price, volume]);
 * }
 * ```
 */
export function randomCutForest(options: ForestOptions): RandomCutForest {
  const { seed = 42 } = options;
  checkSeed(seed);
  return facade(plantForest(planOf(options), seed));
}

/** The forest of a snapshot. Throws a RangeError where the bytes are no snapshot, or `maxMemoryBytes` does not hold the forest. */
export function restoreForest(
  snapshot: Uint8Array,
  { maxMemoryBytes }: Pick<ForestOptions, "maxMemoryBytes"> = {},
): RandomCutForest {
  return facade(
    readForest(snapshot, (plan) => {
      planOf(maxMemoryBytes === undefined ? plan : { ...plan, maxMemoryBytes });
    }),
  );
}

function facade(forest: Forest): RandomCutForest {
  return {
    get rows() {
      return forest.rows;
    },
    score: (row) => scoreRow(forest, row),
    explain: (row) =>
      explain(scoreRow(forest, row), attributeRow(forest, row), forest.plan.columns),
    attribution: (row) => attributeRow(forest, row),
    update: (row) => learnRow(forest, row),
    snapshot: () => writeForest(forest),
  };
}
