/** RANDOM_CUT_FOREST, RANDOM_CUT_FOREST_WITH_EXPLANATION and HOTSPOTS, by the room beside this one. */
import { explanationJson } from "../../forest/explanation.ts";
import { type Hotspots, hotspots, hotspotsJson, restoreHotspots } from "../../forest/hotspots.ts";
import {
  type RandomCutForest,
  randomCutForest,
  restoreForest,
} from "../../forest/random-cut-forest.ts";
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { TableFunctionPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import type { Model, Models } from "./models.ts";

class ForestModel implements Model {
  #forest: RandomCutForest;
  readonly #columns: readonly string[];
  readonly #settings: TableFunctionPlan["settings"];

  constructor(settings: TableFunctionPlan["settings"], columns: readonly string[]) {
    const { numberOfTrees, shingleSize, subSampleSize, timeDecay } = settings as Readonly<
      Record<string, number>
    >;
    this.#forest = randomCutForest({
      columns: columns.length,
      ...{
        numberOfTrees: numberOfTrees!,
        subSampleSize: subSampleSize!,
        timeDecay: timeDecay!,
        shingleSize: shingleSize!,
      },
    });
    this.#columns = columns;
    this.#settings = settings;
  }

  /** The score comes first: a row is compared with what was before it. */
  next(point: readonly number[]): readonly Value[] {
    const { withDirectionality } = this.#settings;
    const values: Value[] = [];
    if (withDirectionality === undefined) values.push(this.#forest.score(point));
    else {
      const explanation = this.#forest.explain(point);
      const text = explanationJson(explanation, this.#columns, {
        withDirectionality: withDirectionality === true,
      });
      values.push(explanation.score, text);
    }
    this.#forest.update(point);
    return values;
  }

  write(to: ByteWriter): void {
    to.bytes(this.#forest.snapshot());
  }

  read(from: ByteReader): void {
    this.#forest = restoreForest(from.bytes());
  }
}

class HotspotsModel implements Model {
  #hotspots: Hotspots;

  constructor(settings: TableFunctionPlan["settings"], columns: readonly string[]) {
    const { minimumNumberOfPointsInAHotspot, scanRadius, windowSize } = settings as Readonly<
      Record<string, number>
    >;
    this.#hotspots = hotspots({
      columns: columns.length,
      ...{ windowSize: windowSize!, scanRadius: scanRadius! },
      minimumNumberOfPointsInAHotspot: minimumNumberOfPointsInAHotspot!,
    });
  }

  /** The row is one of those that are looked at. */
  next(point: readonly number[]): readonly Value[] {
    this.#hotspots.update(point);
    return [hotspotsJson(this.#hotspots.find())];
  }

  write(to: ByteWriter): void {
    to.bytes(this.#hotspots.snapshot());
  }

  read(from: ByteReader): void {
    this.#hotspots = restoreHotspots(from.bytes());
  }
}

export const forestModels: Models = {
  RANDOM_CUT_FOREST: (settings, columns) => new ForestModel(settings, columns),
  RANDOM_CUT_FOREST_WITH_EXPLANATION: (settings, columns) => new ForestModel(settings, columns),
  HOTSPOTS: (settings, columns) => new HotspotsModel(settings, columns),
};
