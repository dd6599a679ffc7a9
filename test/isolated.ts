/**
 * Test files that run in a process of their own, because they change what all files of a worker share (timers, modules, listeners of the
 * process, variables that modules read when they are loaded) or measure the heap. Variables that a file sets with `vi.stubEnv`, and takes back
 * when it is over, are no reason: a worker has its own, and one file at a time. All others share workers, so that each module is loaded once a worker; also those
 * that start processes and wait for them, while the other worker computes. `architecture/isolated.test.ts` finds those that are missing here.
 */
export const isolated: readonly string[] = [
  "test/cli/local.test.ts",
  "test/handlers/*.test.ts",
  "test/kpl/memory.test.ts",
  "test/kpl/simd.test.ts",
  "test/local/kinesis/memory.test.ts",
  "test/local/lambda/hosts/variables.test.ts",
  "test/time/system-clock.test.ts",
];

/** Tests beside other people's programs, each in a process of its own as well. They are no part of `npm test`. */
export const interop = "test/interop/*.test.ts";
