/** Has Stryker mutate a room or files of it, and run the room's tests for each mutant. */
import { fileURLToPath } from "node:url";
import type { LogLevel, PartialStrykerOptions } from "@stryker-mutator/api/core";
import { Stryker } from "@stryker-mutator/core";
import { isJudged, type Mutant, mutantOf } from "./mutant.ts";
import { filesOf } from "./rooms.ts";

const plugins = ["./reporter.ts", "./warm.ts"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Mutants that cannot be run at all are left out. */
export async function mutate(
  room: string,
  { files, fresh }: { readonly files: readonly string[]; readonly fresh: boolean },
): Promise<readonly Mutant[]> {
  const asked = files.length > 0 ? [...files] : filesOf(room);
  // For the tests' configuration. Stryker's own `testFiles` has what a module does at its import run unchanged.
  process.env.MUTANTS_ROOM = room;
  // One of the two DynamoDBs that the stores' tests know is enough, and Java takes long to start.
  process.env.JAVA_HOME = "none";
  const options: PartialStrykerOptions = {
    mutate: asked,
    testRunner: "warm",
    vitest: { related: false, configFile: "test/mutants/vitest.config.ts" },
    plugins: ["@stryker-mutator/vitest-runner", ...plugins],
    coverageAnalysis: "perTest",
    // In a worker that stays, vitest's would come late, and to the next mutant's tests. See setup.ts.
    disableBail: true,
    concurrency: 1,
    incremental: true,
    incrementalFile: `coverage/mutants/${room}.json`,
    force: fresh,
    tempDirName: `coverage/mutants/sandbox-${room}`,
    // A copy of what the tests need. Node runs it as it is: types are stripped, not checked.
    ignorePatterns: [
      "**",
      "!src/**",
      "!packages/*/src/**",
      "!test/**",
      "!package.json",
      "!*.config.ts",
      "!tsconfig.json",
      "!docs/progress.md",
    ],
    disableTypeChecks: false,
    reporters: ["run"],
    logLevel: "warn" as LogLevel,
    warnings: {
      slow: false,
      unknownOptions: true,
      preprocessorErrors: true,
      unserializableOptions: true,
    },
    // Most endless loops are found by counting. What lives takes as long as its tests did without it; a busy machine may take longer.
    timeoutMS: 20_000,
    timeoutFactor: 1.5,
    dryRunTimeoutMinutes: 30,
  };
  const results = await new Stryker(options).runMutationTest();
  // The results of an earlier run come along, of files that are not asked for too.
  return results
    .filter(isJudged)
    .map(mutantOf)
    .filter(({ file }) => asked.includes(file));
}
