/** The rooms that are mutated, and the tests that have to notice. */
export interface Room {
  readonly source: string;
  /** Only these tests run, so that a room is judged by the tests that speak of it. */
  readonly tests: readonly string[];
}

/** Without what counts requests over thousands of batches, which takes a minute a mutant. */
const consumerTests = [
  "test/{consumer,park,dynamodb-runtime}/**/*.test.ts",
  "test/progress/**/!(cost).test.ts",
];

export const rooms: Readonly<Record<string, Room>> = {
  kpl: { source: "src/kpl", tests: ["test/kpl/**/*.test.ts"] },
  progress: { source: "src/progress", tests: consumerTests },
  park: { source: "src/park", tests: consumerTests },
  consumer: { source: "src/consumer", tests: consumerTests },
};

/** Percent of a room's mutants that its tests must notice. */
export const least = 95;
