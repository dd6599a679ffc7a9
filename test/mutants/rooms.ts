/** The rooms that are mutated, and the tests that have to notice. */
import { readdirSync } from "node:fs";

export interface Room {
  /** Folders. What stands in a folder of another room further down is of that one. */
  readonly sources: readonly string[];
  /** Only these tests run, so that a room is judged by the tests that speak of it. */
  readonly tests: readonly string[];
  /** It is run where it is named, and not with all others. */
  readonly onlyByName?: true;
}

export const rooms: Readonly<Record<string, Room>> = {
  // Strict mode is the consumer's, and half of the time.
  kpl: { sources: ["src/kpl"], tests: ["test/kpl/**/!(strict).test.ts"] },
  // Those that ask the log itself: what the whole consumer makes of it notices the same, and takes ten times as long.
  progress: {
    sources: ["src/progress"],
    tests: [
      "test/progress/{append,carried,cold-load,fold-borders,held,items,log-pool,model,name-set,recall,record-states}.test.ts",
      "test/progress/{rule-07-folds,rule-09-reshards,shard-log,small-parts,store}.test.ts",
      "test/dynamodb-runtime/{appends,ids,progress,refusals}.test.ts",
    ],
  },
  park: {
    sources: ["src/park"],
    tests: [
      "test/{park,dynamodb-runtime}/**/*.test.ts",
      "test/progress/rule-20-*.test.ts",
      "test/clients/given.test.ts",
    ],
  },
  consumer: {
    sources: ["src/consumer"],
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
  // What counts. Fault days notice most of what these tests do not, and take minutes, so it is not known what is noticed.
  counted: {
    onlyByName: true,
    sources: ["src/consumer/sql", "src/consumer/state", "src/consumer/windows"],
    tests: [
      "test/sql/{consumer,refusals,s3-tables}.test.ts",
      "test/windows/{consumer,failing-rows,lambda-window,while-saving}.test.ts",
    ],
  },
};

/** The room of a file; undefined: none. */
export const roomOf = (file: string): string | undefined =>
  Object.entries(rooms)
    .flatMap(([room, { sources }]) => sources.map((source) => ({ room, source })))
    .filter(({ source }) => file.startsWith(`${source}/`))
    .toSorted((a, b) => b.source.length - a.source.length)[0]?.room;

export const filesOf = (room: string): string[] =>
  rooms[room]!.sources.flatMap((source) =>
    readdirSync(source, { recursive: true, encoding: "utf8" }).map((file) => `${source}/${file}`),
  ).filter((file) => file.endsWith(".ts") && roomOf(file) === room);

/** Percent of a room's mutants that its tests must notice. */
export const least = 95;
