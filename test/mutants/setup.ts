/**
 * The files of a run share one process and its modules, and so do the runs of many mutants, which Stryker does not expect. So what a
 * file's tests reach is counted anew for each file; once a test has noticed the mutant, those after it are not looked at;
 * and a test has noticed a mutant if it fails with it, passes without, and fails with it again (vitest's `retry`).
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import fc from "fast-check";
import {
  afterEach,
  beforeEach,
  inject,
  type RunnerTestCase,
  type RunnerTestSuite,
  vi,
} from "vitest";
import { coverageFile } from "./coverage-file.ts";

// That a property fails is enough: its smallest counterexample may take a minute to find.
fc.configureGlobal({ endOnFailure: true });

interface Coverage {
  static: Record<string, number>;
  perTest: Record<string, Record<string, number>>;
}

const shared = globalThis as {
  __stryker__?: {
    mutantCoverage?: Coverage;
    activeMutant?: string | undefined;
    hitCount?: number;
    hitLimit?: number;
  };
  coverage?: Coverage["perTest"];
  noticedMutant?: string;
};

const stryker = shared.__stryker__;
if (stryker?.mutantCoverage) {
  stryker.mutantCoverage.static = {};
  stryker.mutantCoverage.perTest = {};
}

if (stryker && provided("mode") === "mutant") {
  // What waits for ever would take a minute, twice.
  vi.setConfig({ testTimeout: 8000 });
  const mutant = provided("activeMutant")!;
  if (shared.noticedMutant === mutant)
    throw new Error("A test before this file has noticed the mutant.");
  // The last mutant must not be in what this file does at its import.
  if (provided("mutantActivation") !== "static") stryker.activeMutant = undefined;

  shared.coverage ??= JSON.parse(readFileSync(coverageFile, "utf8")) as Coverage["perTest"];
  const { coverage } = shared;
  beforeEach(({ skip, task }) => {
    skip(shared.noticedMutant === mutant);
    // An endless loop is one that comes there far more often than this test does otherwise.
    stryker.hitCount = 0;
    stryker.hitLimit = 20 * (coverage[idOf(task)]?.[mutant] ?? 0) + 1000;
  });
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

/** What Stryker calls a test. */
function idOf({ name, suite, file }: RunnerTestCase): string {
  const names = [name];
  for (let above: RunnerTestSuite | undefined = suite; above; above = above.suite)
    names.unshift(above.name);
  return `${relative(process.cwd(), file.filepath)}#${names.join(provided("testNameSeparator")).trim()}`;
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
