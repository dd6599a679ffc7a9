/** On what rows our forests and the reference library's are compared. */
import type { ForestOptions } from "../../src/forest.ts";
import type { Kind } from "./streams.ts";

export interface Case extends Required<Omit<ForestOptions, "maxMemoryBytes">> {
  readonly seed: number;
  readonly kind: Kind;
  readonly rows: number;
  /** Shares are asked for at every so many rows; 0: never. */
  readonly attribution: number;
}

/** A case whose answers are kept: every so many scores, and all shares that were asked for. */
export interface RecordedCase extends Case {
  readonly scoreEvery: number;
}

export interface Recorded extends RecordedCase {
  readonly scores: readonly number[];
  /** High by dimension, then low by dimension. */
  readonly shares: readonly (readonly number[])[];
}

const defaults: Case = {
  columns: 3,
  numberOfTrees: 100,
  subSampleSize: 256,
  timeDecay: 100_000,
  shingleSize: 1,
  seed: 42,
  kind: "smooth",
  rows: 20_000,
  attribution: 7,
};

/** For the interop run, where Java is. */
export const suiteCases = (): Case[] => [
  { ...defaults, columns: 1 },
  defaults,
  { ...defaults, columns: 10 },
  { ...defaults, kind: "coarse", numberOfTrees: 30, seed: -7 },
  { ...defaults, kind: "flat", numberOfTrees: 30, subSampleSize: 100 },
  { ...defaults, kind: "drifting", columns: 10, numberOfTrees: 30, timeDecay: 1000, seed: 9e15 },
  { ...defaults, kind: "drifting", columns: 1, numberOfTrees: 30, shingleSize: 8, attribution: 3 },
  { ...defaults, kind: "coarse", columns: 2, numberOfTrees: 20, shingleSize: 30, seed: 0 },
  { ...defaults, kind: "coarse", columns: 1, numberOfTrees: 1000, subSampleSize: 10, rows: 5000 },
  { ...defaults, kind: "smooth", numberOfTrees: 10, subSampleSize: 1000, timeDecay: 1001 },
];

/** Small ones, whose answers the suite has. */
export const recordedCases = (): RecordedCase[] =>
  [
    { ...defaults, numberOfTrees: 10, subSampleSize: 64, rows: 3000 },
    { ...defaults, kind: "coarse" as const, numberOfTrees: 5, subSampleSize: 100, rows: 2000 },
    { ...defaults, kind: "flat" as const, numberOfTrees: 5, subSampleSize: 30, rows: 2000 },
    {
      ...{ ...defaults, kind: "drifting" as const, columns: 2, shingleSize: 4, seed: -1 },
      ...{ numberOfTrees: 5, subSampleSize: 50, timeDecay: 300, rows: 2000 },
    },
  ].map((one) => ({ ...one, attribution: 97, scoreEvery: 23 }));
