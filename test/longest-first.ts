/**
 * The order in which test files begin: those that take seconds first, so that none of them is what is left in the end while the other core has
 * nothing to do. Vitest knows itself how long files took, but not where they have never run, as in a clean clone.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Of those that take more than four seconds, the longest first. */
export const long: readonly string[] = [
  "test/faults/faults.test.ts",
  "test/park/item-states.test.ts",
  "test/faults/worker/worker.test.ts",
  "test/progress/cost.test.ts",
  "test/cli/dev-session.test.ts",
  "test/faults/windows/windows.test.ts",
  "test/cli/page-faults.test.ts",
  "test/package/serverless.test.ts",
  "test/scaling/decide.test.ts",
  "test/cli/put/follow.test.ts",
  "test/cli/lint.test.ts",
  "test/park/any-record.test.ts",
  "test/cli/replay.test.ts",
  "test/cli/replay-delivery.test.ts",
  "test/progress/entry-size.test.ts",
  "test/cli/redrive/lives.test.ts",
  "test/types/programs.test.ts",
  "test/local/dynamodb/engines.test.ts",
  "test/cli/hostile.test.ts",
  "test/windows/any-fault.test.ts",
  "test/cli/redrive/parked.test.ts",
  "test/local/template/serverless.test.ts",
  "test/sinks/s3-sink.test.ts",
  "test/cli/dev-events.test.ts",
  "test/windows/lambda-window.test.ts",
  "test/cli/dev.test.ts",
  "test/local/lambda/hosts/crash.test.ts",
  "test/local/run/replay.test.ts",
  "test/cli/redrive/again.test.ts",
  "test/sql/any-fault.test.ts",
  "test/cli/put/put.test.ts",
  "test/cli/invoke.test.ts",
  // In processes of their own, after the others.
  "test/handlers/events.test.ts",
  "test/local/kinesis/memory.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = long.findIndex((file) => moduleId.endsWith(`/${file}`));
      return found < 0 ? long.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
