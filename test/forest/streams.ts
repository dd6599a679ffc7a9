/** Streams of rows to grow forests on: the same for the same arguments, wherever they are made. */
import { seededRandom } from "../../src/time/random.ts";

/**
 * What the rows are like. `smooth`: sums of chances, now and then far away; `coarse`: few values, so that points come again and columns tie; `drifting`:
 * waves that wander off, with columns of very different sizes; `flat`: the first column alone changes, and seldom.
 */
export type Kind = "smooth" | "coarse" | "drifting" | "flat";

export const kinds: readonly Kind[] = ["smooth", "coarse", "drifting", "flat"];

/** One row after the other. */
export function stream(kind: Kind, columns: number, rows: number, seed = 1): Float64Array {
  const random = seededRandom(seed);
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = cellOf(kind, row, column, random);
    }
  }
  return values;
}

function cellOf(kind: Kind, row: number, column: number, random: () => number): number {
  const chance = random();
  switch (kind) {
    case "smooth":
      return chance + random() + random() + (random() < 0.001 ? 10 * (random() - 0.5) : 0);
    case "coarse":
      return Math.floor(4 * chance ** 2) - (column % 2);
    case "drifting":
      return (
        10 ** (column % 5) * (Math.sin(row / (20 + 7 * column)) + row / 5000 + 0.1 * chance) -
        (chance < 0.002 ? 3 : 0)
      );
    case "flat":
      return column === 0 && chance < 0.2 ? Math.floor(row / 100) : -7.25;
  }
}

/** A row as a list. */
export const rowAt = (values: Float64Array, columns: number, row: number): Float64Array =>
  values.subarray(row * columns, (row + 1) * columns);
