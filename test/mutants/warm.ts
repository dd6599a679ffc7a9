/**
 * Stryker's runner for vitest, but for one thing: the worker with the program in it stays from mutant to mutant. A new one imports
 * everything anew, which takes fifty times as long as the tests that notice.
 */
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
import { KeptThread, poolName } from "./kept-thread.ts";

/** What mutants leave in memory does not pile up for long. */
const mutantsPerThread = 100;

warmRunner.inject = tokens(commonTokens.injector);

function warmRunner(injector: Injector<PluginContext>): TestRunner {
  const [{ factory }] = vitest as unknown as [{ factory: (injector: unknown) => TestRunner }];
  const runner = factory(injector) as TestRunner & { readonly ctx: Vitest };
  let thread: KeptThread | undefined;
  let mutants = 0;
  /** How often each test comes to each mutant. */
  let coverage: MutantCoverage["perTest"] = {};

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
      if (result.status === DryRunStatus.Complete) coverage = result.mutantCoverage?.perTest ?? {};
      return result;
    },
    async mutantRun(options) {
      if (options.mutantActivation === "runtime") {
        const result = await inKeptThread(options);
        return isCertain(runner.ctx, result) ? result : inNewThread(options);
      }
      // Where tests come to it as well as an import, they may notice it without one.
      const testFilter = Object.keys(coverage).filter(
        (test) => coverage[test]![options.activeMutant.id],
      );
      if (testFilter.length > 0) {
        const result = await inKeptThread({ ...options, mutantActivation: "runtime", testFilter });
        if (result.status === MutantRunStatus.Killed && isCertain(runner.ctx, result))
          return result;
      }
      return inNewThread(options);
    },
    async dispose() {
      await giveUp();
      await runner.dispose?.();
    },
  };
}

/** Whether a result is due to its mutant alone, and not to what those before it have left in the thread. */
function isCertain({ state }: Vitest, { status }: MutantRunResult): boolean {
  if (status === MutantRunStatus.Killed) return state.getFiles().some(hasNoticed);
  return status === MutantRunStatus.Survived;
}

const hasNoticed = (task: RunnerTask): boolean =>
  task.meta.hasNoticed === true || (task.type === "suite" && task.tasks.some(hasNoticed));

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, "warm", warmRunner)];
