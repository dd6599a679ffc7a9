/** Rows with hot spots where we know them to be, in the way of the generator in AWS's guide. */
import type { HotspotsOptions } from "../../src/forest.ts";
import { seededRandom } from "../../src/time/random.ts";

export interface Spot {
  /** One for each column. */
  readonly lows: readonly number[];
  readonly width: number;
}

export interface Planted {
  readonly rows: readonly (readonly number[])[];
  /** By block of `blockSize` rows: where its spot is. */
  readonly spots: readonly Spot[];
}

export const blockSize = 1000;

/** Blocks of 1,000 rows in a field of 10 in each direction, of which one in five lies in a square of 1, another one for each block. */
export function planted(columns: number, rows: number, seed: number): Planted {
  const random = seededRandom(seed);
  const spots: Spot[] = [];
  const made: number[][] = [];
  for (let row = 0; row < rows; row++) {
    if (row % blockSize === 0) {
      spots.push({ lows: Array.from({ length: columns }, () => 9 * random()), width: 1 });
    }
    const { lows } = spots.at(-1)!;
    const isHot = random() < 0.2;
    made.push(lows.map((low) => (isHot ? low + random() : 10 * random())));
  }
  return { rows: made, spots };
}

/** What is compared with scikit-learn: the window after each of `asked` rows. */
export interface HotspotCase extends HotspotsOptions {
  readonly seed: number;
  readonly rows: number;
  readonly asked: readonly number[];
}

/** Found by scikit-learn in one window: by cluster, how many rows and their box. */
export interface Labelled {
  readonly points: number;
  readonly minValues: readonly number[];
  readonly maxValues: readonly number[];
}

const options = {
  columns: 2,
  windowSize: 1000,
  scanRadius: 0.2,
  minimumNumberOfPointsInAHotspot: 17,
  rows: 3000,
  asked: [50, 700, 1000, 1001, 1444, 2000, 2999, 3000],
};

export const hotspotCases: readonly HotspotCase[] = [
  { ...options, seed: 1 },
  { ...options, seed: 2, scanRadius: 0.35, minimumNumberOfPointsInAHotspot: 10 },
  { ...options, seed: 3, columns: 3, scanRadius: 0.4, windowSize: 777 },
  { ...options, seed: 4, columns: 1, scanRadius: 0.01, minimumNumberOfPointsInAHotspot: 4 },
  { ...options, seed: 5, windowSize: 100, scanRadius: 0.5, minimumNumberOfPointsInAHotspot: 3 },
  { ...options, seed: 6, columns: 5, scanRadius: 1, minimumNumberOfPointsInAHotspot: 2 },
];
