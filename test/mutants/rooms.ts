/** The rooms that are mutated, and the tests that have to notice. */
export interface Room {
  readonly source: string;
  /** Only these tests run, so that a room is judged by the tests that speak of it. */
  readonly tests: readonly string[];
}

export const rooms: Readonly<Record<string, Room>> = {
  // Strict mode is the consumer's, and half of the time.
  kpl: { source: "src/kpl", tests: ["test/kpl/**/!(strict).test.ts"] },
  // Those that ask the log itself: what the whole consumer makes of it notices the same, and takes ten times as long.
  progress: {
    source: "src/progress",
    tests: [
      "test/progress/{append,carried,cold-load,fold-borders,held,items,log-pool,model,name-set,recall,record-states}.test.ts",
      "test/progress/{rule-07-folds,rule-09-reshards,shard-log,small-parts,store}.test.ts",
      "test/dynamodb-runtime/{appends,ids,progress,refusals}.test.ts",
    ],
  },
  park: {
    source: "src/park",
    tests: [
      "test/{park,dynamodb-runtime}/**/*.test.ts",
      "test/progress/rule-20-*.test.ts",
      "test/clients/given.test.ts",
    ],
  },
  consumer: {
    source: "src/consumer",
    // Without what counts over thousands of batches or records, and what asks the stores or the folds alone: it takes a minute a
    // mutant that lives, and notices none.
    tests: [
      "test/{consumer,observe}/**/*.test.ts",
      "test/park/!(any-record|item-states|services).test.ts",
      "test/progress/{carried,claims-end,forward,rule-!(07-folds),undecided}.test.ts",
      // Which numbers in ids were rounded.
      "test/record/decode/numbers.test.ts",
    ],
  },
};

/** Percent of a room's mutants that its tests must notice. */
export const least = 95;
