import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { aliases } from "./test/aliases.ts";
import { interop, isolated } from "./test/isolated.ts";
import { LongestFirst } from "./test/longest-first.ts";

export default defineConfig({
  resolve: { alias: [...aliases] },
  test: {
    // Tests that start processes wait for them, so a half more than processors keeps those busy.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // A sequencer of our own would win against `--sequence.shuffle.files`.
    ...(!process.argv.some((argument) => argument.startsWith("--sequence")) && {
      sequence: { sequencer: LongestFirst },
    }),
    // A slow machine is no failure: nothing is asserted about time.
    testTimeout: 60_000,
    setupFiles: ["test/setup.ts"],
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        // A worker imports the program once, and runs one file after the other.
        test: {
          name: "core",
          include: ["test/**/*.test.ts"],
          exclude: [...isolated, interop],
          pool: "forks",
          isolate: false,
          // Other workers have the other cores: helpers of the collector are in their way.
          execArgv: ["--single-threaded-gc"],
          // Node imports sources as they are. Vite would rewrite them, and each access to what they import.
          experimental: { viteModuleRunner: false, nodeLoader: false },
          globalSetup: ["test/compile-cache.ts", "test/dynamodb-runtime/one-java.ts"],
        },
      },
      {
        extends: true,
        // A process for each file.
        test: {
          name: "system",
          include: [...isolated],
          pool: "forks",
          globalSetup: ["test/compile-cache.ts"],
          // After the others: a worker is kept only while the next file may share it.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // Beside what others have written, where it is there: `npm run test:interop`.
        test: { name: "interop", include: [interop], pool: "forks", sequence: { groupOrder: 1 } },
      },
    ],
  },
});
