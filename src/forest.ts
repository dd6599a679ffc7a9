/**
 * Two ways to see in a stream what is not as usual: rows that are strange, by a random cut forest, and regions where many are, hot spots.
 *
 * @module shardmill/forest
 */

export {
  type ColumnExplanation,
  type Explanation,
  explanationJson,
} from "./forest/explanation.ts";
export {
  type Hotspot,
  type Hotspots,
  type HotspotsOptions,
  hotspots,
  hotspotsJson,
  restoreHotspots,
} from "./forest/hotspots.ts";
export type { ForestOptions } from "./forest/options.ts";
export {
  type RandomCutForest,
  randomCutForest,
  restoreForest,
} from "./forest/random-cut-forest.ts";
