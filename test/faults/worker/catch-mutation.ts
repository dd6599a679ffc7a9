/** Whether a day of a fleet notices code that breaks a promise. */
import { importPatched } from "../load-program.ts";
import type { WorkerMutation } from "./mutations.ts";
import type * as program from "./program.ts";
import { drawScenario } from "./scenario.ts";
import { runScenario } from "./world.ts";

export interface Caught {
  readonly seed: number;
  readonly violation: string;
}

/** So many days at most are drawn for each. */
const mostSeeds = 200;

export async function catchMutation(
  { patches, focus = (scenario) => scenario }: WorkerMutation,
  firstSeed: number,
): Promise<Caught | undefined> {
  const mutated = await importPatched<typeof program>(
    new URL("program.ts", import.meta.url),
    patches,
  );
  for (let seed = firstSeed; seed < firstSeed + mostSeeds; seed++) {
    const { violations } = await runScenario(focus(drawScenario(seed)), mutated);
    const [first] = violations;
    if (first) return { seed, violation: `${first.rule}: ${first.what}` };
  }
  return undefined;
}
