/** Shows how far a run has come, and each mutant that lives as soon as that is known: a run takes hours. */
import type { MutantResult } from "@stryker-mutator/api/core";
import type { MutationTestingPlanReadyEvent, Reporter } from "@stryker-mutator/api/report";
import { type ProgressBar, progressBar } from "../../packages/cli/src/terminal/progress-bar.ts";
import { described, isJudged, mutantOf, sourceOf } from "./mutant.ts";

class RunReporter implements Reporter {
  #bar: ProgressBar | undefined;
  #done = 0;
  /** Ids. Of the others an earlier run has told. */
  #toRun: ReadonlySet<string> = new Set();

  onMutationTestingPlanReady({ mutantPlans }: MutationTestingPlanReadyEvent): void {
    const toRun = mutantPlans.filter(({ plan }) => plan === "Run");
    this.#toRun = new Set(toRun.map(({ mutant }) => mutant.id));
    for (const { mutant } of mutantPlans) sourceOf(mutant.fileName);
    this.#bar = progressBar("mutants", toRun.length);
  }

  onMutantTested(result: MutantResult): void {
    if (!this.#toRun.has(result.id)) return;
    const mutant = mutantOf(result);
    if (isJudged(result) && !mutant.isNoticed) {
      this.#bar?.end();
      console.error(described(mutant));
    }
    this.#bar?.update(++this.#done);
  }

  onMutationTestReportReady(): void {
    this.#bar?.end();
  }
}

/** What Stryker looks for in a plugin. */
export const strykerPlugins = [{ kind: "Reporter", name: "run", injectableClass: RunReporter }];
