import type { BatchRun } from "../batch-run.ts";
import type { Environment } from "../environment.ts";
import { takeLease } from "./lease.ts";
import { screen } from "./screen.ts";
import { takeOver } from "./take-over.ts";

/** Skips what is done already, as far as that is known without decoding, and has the shard. False: it is another's. */
export async function begin<T>(run: BatchRun<T>, { sightings }: Environment): Promise<boolean> {
  const { memory, plan, runtime } = run;
  screen(run);
  if (!memory) return true;
  return (
    (!runtime.hold || (await takeOver(run, memory))) &&
    (!plan.lease || (await takeLease(run, memory, sightings)))
  );
}
