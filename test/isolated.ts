/**
 * Test files that run in a process of their own, because they change what all files of a worker share (variables of the environment, timers,
 * modules, listeners of the process) or measure the heap. All others share workers, so that each module is loaded once a worker; also those
 * that start processes and wait for them, while the other worker computes. `architecture/isolated.test.ts` finds those that are missing here.
 */
export const isolated: readonly string[] = [
  "test/cli/invoke.test.ts",
  "test/cli/local.test.ts",
  "test/cli/redrive/failed-batches.test.ts",
  "test/cli/sql-import.test.ts",
  "test/clients/given.test.ts",
  "test/dynamodb-runtime/client.test.ts",
  "test/faults/producer/producer.test.ts",
  "test/faults/worker/worker.test.ts",
  "test/handlers/*.test.ts",
  "test/kpl/memory.test.ts",
  "test/kpl/simd.test.ts",
  "test/kpl/strict.test.ts",
  "test/local/kinesis/memory.test.ts",
  "test/local/lambda/hosts/variables.test.ts",
  "test/park/services.test.ts",
  "test/progress/rule-09-reshards.test.ts",
  "test/services/firehose/delivery.test.ts",
  "test/time/system-clock.test.ts",
  "test/windows/first-records.test.ts",
];

/** Tests beside other people's programs, each in a process of its own as well. They are no part of `npm test`. */
export const interop = "test/interop/*.test.ts";
