/**
 * The files of a run share one process and its modules, which Stryker does not expect. So what a file's tests reach is
 * counted anew for each file; and once a test has noticed the mutant, the files after it are not looked at.
 */
import { afterEach } from "vitest";

interface Coverage {
  static: Record<string, number>;
  perTest: Record<string, Record<string, number>>;
}

const shared = globalThis as {
  __stryker__?: { mutantCoverage?: Coverage; activeMutant?: string };
  mutantIsNoticed?: boolean;
};

const stryker = shared.__stryker__;
if (stryker?.mutantCoverage) {
  stryker.mutantCoverage.static = {};
  stryker.mutantCoverage.perTest = {};
}

if (shared.mutantIsNoticed) throw new Error("A test before this file has noticed the mutant.");
afterEach(({ task }) => {
  shared.mutantIsNoticed ||= task.result?.state === "fail";
});
