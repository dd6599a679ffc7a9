/** The rooms that are mutated, and the tests that have to notice. */
export interface Room {
  readonly source: string;
  /** Folders of tests. Only these run, so that a room is judged by the tests that speak of it. */
  readonly tests: readonly string[];
}

const consumerTests = ["test/consumer", "test/progress", "test/park", "test/dynamodb-runtime"];

export const rooms: Readonly<Record<string, Room>> = {
  kpl: { source: "src/kpl", tests: ["test/kpl"] },
  progress: { source: "src/progress", tests: consumerTests },
  park: { source: "src/park", tests: consumerTests },
  consumer: { source: "src/consumer", tests: consumerTests },
};

/** Percent of a room's mutants that its tests must notice. */
export const least = 95;
