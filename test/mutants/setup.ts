/**
 * The files of a run share one process and its modules, and so do the runs of many mutants, which Stryker does not expect. So what a
 * file's tests reach is counted anew for each file; once a test has noticed the mutant, those after it are not looked at;
 * and a test has noticed a mutant if it fails with it, passes without, and fails with it again (vitest's `retry`).
 */
import fc from "fast-check";
import { afterEach, beforeEach, inject } from "vitest";

// That a property fails is enough: its smallest counterexample may take a minute to find.
fc.configureGlobal({ endOnFailure: true });

interface Coverage {
  static: Record<string, number>;
  perTest: Record<string, Record<string, number>>;
}

const shared = globalThis as {
  __stryker__?: { mutantCoverage?: Coverage; activeMutant?: string | undefined };
  noticedMutant?: string;
};

const stryker = shared.__stryker__;
if (stryker?.mutantCoverage) {
  stryker.mutantCoverage.static = {};
  stryker.mutantCoverage.perTest = {};
}

if (stryker && provided("mode") === "mutant") {
  const mutant = provided("activeMutant")!;
  if (shared.noticedMutant === mutant)
    throw new Error("A test before this file has noticed the mutant.");
  // The last mutant must not be in what this file does at its import.
  if (provided("mutantActivation") !== "static") stryker.activeMutant = undefined;

  beforeEach(({ skip }) => skip(shared.noticedMutant === mutant));
  afterEach(({ task }) => {
    const { retryCount: attempt = 0, state } = task.result!;
    const hasFailed = state === "fail";
    if (attempt === 0 && hasFailed) stryker.activeMutant = undefined;
    if (attempt === 1) {
      stryker.activeMutant = mutant;
      if (!hasFailed) {
        task.meta.hasPassed = true;
        throw new Error("Passes without the mutant.");
      }
    }
    if (attempt === 2) {
      if (hasFailed && task.meta.hasPassed) task.meta.hasNoticed = true;
      shared.noticedMutant = mutant;
      throw new Error("Has failed with the mutant.");
    }
  });
}

function provided(key: string): string | undefined {
  return inject(key as never);
}

declare module "vitest" {
  interface TaskMeta {
    hasPassed?: boolean;
    hasNoticed?: boolean;
  }
}
