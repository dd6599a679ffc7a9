/** `npm run faults -- --worker`: bad days of a fleet of workers, and what breaks it. */
import { tryEach } from "../try-mutations.ts";
import { catchMutation } from "./catch-mutation.ts";
import { workerMutations } from "./mutations.ts";
import * as program from "./program.ts";
import { drawScenario } from "./scenario.ts";
import { runScenario } from "./world.ts";

export interface WorkerRuns {
  readonly seed: number;
  readonly runs: number;
  /** Explores for so long instead of `runs`. */
  readonly minutes: number | undefined;
  /** One line of JSON. */
  readonly json: boolean;
  /** Tells what happened on the day of the seed. */
  readonly story: boolean;
}

/** Resolves to whether nothing was violated. */
export async function exploreWorkers(options: WorkerRuns): Promise<boolean> {
  const { seed, runs, minutes, json } = options;
  const until = performance.now() + (minutes ?? 0) * 60_000;
  const sum = { runs: 0, records: 0, repeats: 0, faults: 0, seeds: [] as number[] };
  const isOver = () => (minutes === undefined ? sum.runs === runs : performance.now() >= until);
  for (let current = seed; !isOver(); current++) {
    const found = await runScenario(drawScenario(current), program);
    sum.runs++;
    sum.records += found.records;
    sum.repeats += found.repeats;
    sum.faults += found.faults;
    if (found.violations.length > 0) sum.seeds.push(current);
    for (const { rule, what } of found.violations.slice(0, 5)) {
      console.error(`seed ${current}: ${rule}: ${what}`);
    }
    if (options.story) console.error(found.story.join("\n"));
  }
  const { seeds, ...counts } = sum;
  const named = seeds.length > 0 ? ` (${seeds.slice(0, 10).join(", ")})` : "";
  console.log(
    json
      ? JSON.stringify({ seed, ...counts, violations: seeds.length, seeds })
      : `worker: ${sum.runs} runs from seed ${seed}, ${sum.records} records, ${sum.repeats} repeats that are promised, ${sum.faults} faults, ${seeds.length} runs with violations${named}`,
  );
  return seeds.length === 0;
}

/** Resolves to whether each was noticed. */
export const tryWorkerMutations = (seed: number, json: boolean): Promise<boolean> =>
  tryEach(workerMutations, (mutation) => catchMutation(mutation, seed), json);
