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
  // Strict mode is the consumer's, and half of the time.
  kpl: { source: "src/kpl", tests: ["test/kpl/**/!(strict).test.ts"] },
  progress: {
    source: "src/progress",
    tests: ["test/progress/**/!(cost).test.ts", "test/dynamodb-runtime/**/*.test.ts"],
  },
  park: {
    source: "src/park",
    tests: [
      "test/{park,dynamodb-runtime}/**/*.test.ts",
      "test/progress/rule-20-*.test.ts",
      "test/clients/given.test.ts",
    ],
  },
  consumer: { source: "src/consumer", tests: consumerTests },
};

/** Percent of a room's mutants that its tests must notice. */
export const least = 95;
