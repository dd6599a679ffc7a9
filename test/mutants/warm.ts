/**
 * Stryker's runner for vitest, but for one thing: the worker with the program in it stays from mutant to mutant. A new one imports
 * everything anew, which takes fifty times as long as the tests that notice.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { MutantCoverage } from "@stryker-mutator/api/core";
import {
  commonTokens,
  declareFactoryPlugin,
  type Injector,
  type PluginContext,
  PluginKind,
  tokens,
} from "@stryker-mutator/api/plugin";
import {
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestRunner,
} from "@stryker-mutator/api/test-runner";
import { strykerPlugins as vitest } from "@stryker-mutator/vitest-runner";
import type { RunnerTask } from "vitest";
import type { PoolOptions, Vitest } from "vitest/node";
import { coverageFile } from "./coverage-file.ts";
import { KeptThread, poolName } from "./kept-thread.ts";

/** What mutants leave in memory does not pile up for long. */
const mutantsPerThread = 100;

/** What a module does once in a thread is done by so few tests, since the first run has kept its thread as well. */
const testsOfWhatRunsOnce = 3;

type Coverage = MutantCoverage["perTest"];

warmRunner.inject = tokens(commonTokens.injector);

function warmRunner(injector: Injector<PluginContext>): TestRunner {
  const [{ factory }] = vitest as unknown as [{ factory: (injector: unknown) => TestRunner }];
  const runner = factory(injector) as TestRunner & { readonly ctx: Vitest };
  let thread: KeptThread | undefined;
  let mutants = 0;
  let coverage: Coverage | undefined;

  async function giveUp(): Promise<void> {
    await thread?.end();
    thread = undefined;
    mutants = 0;
  }

  async function inNewThread(options: MutantRunOptions): Promise<MutantRunResult> {
    await giveUp();
    const result = await runner.mutantRun(options);
    if (options.mutantActivation === "static") await giveUp();
    return result;
  }

  async function inKeptThread(options: MutantRunOptions): Promise<MutantRunResult> {
    if (++mutants > mutantsPerThread) await giveUp();
    return runner.mutantRun(options);
  }

  function testsOf(mutant: string): string[] {
    coverage ??= JSON.parse(readFileSync(coverageFile, "utf8")) as Coverage;
    return Object.entries(coverage)
      .filter(([, hits]) => hits[mutant])
      .map(([test]) => test);
  }

  return {
    capabilities: () => runner.capabilities(),
    async init() {
      await runner.init?.();
      const createPoolWorker = (options: PoolOptions) => (thread ??= new KeptThread(options));
      for (const { config } of runner.ctx.projects)
        Object.assign(config, { pool: poolName, poolRunner: { name: poolName, createPoolWorker } });
    },
    async dryRun(options) {
      const result = await runner.dryRun(options);
      if (result.status === DryRunStatus.Complete)
        writeFileSync(coverageFile, JSON.stringify(result.mutantCoverage?.perTest ?? {}));
      return result;
    },
    async mutantRun(options) {
      // Where tests come to it as well as an import, they may notice it without one.
      const testFilter =
        options.mutantActivation === "runtime"
          ? options.testFilter
          : testsOf(options.activeMutant.id);
      if (testFilter?.length === 0) return inNewThread(options);
      const result = await inKeptThread({
        ...options,
        mutantActivation: "runtime",
        ...(testFilter && { testFilter }),
      });
      const isOnceInAThread = testFilter === undefined || testFilter.length <= testsOfWhatRunsOnce;
      if (result.status === MutantRunStatus.Survived && !isOnceInAThread) return result;
      return isCertain(runner.ctx, result) ? result : inNewThread(options);
    },
    async dispose() {
      await giveUp();
      await runner.dispose?.();
    },
  };
}

/**
 * Whether a result holds in any thread. That a test has noticed the mutant does, if it is due to the mutant alone; that none has may be due to what
 * runs once in a thread, and had run before.
 */
const isCertain = ({ state }: Vitest, { status }: MutantRunResult): boolean =>
  status === MutantRunStatus.Killed
    ? state.getFiles().some(hasNoticed)
    : status === MutantRunStatus.Timeout;

const hasNoticed = (task: RunnerTask): boolean =>
  task.meta.hasNoticed === true || (task.type === "suite" && task.tasks.some(hasNoticed));

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, "warm", warmRunner)];
