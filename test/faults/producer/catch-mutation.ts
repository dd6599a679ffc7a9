/** Whether a day of the producer notices code that breaks a promise. */
import { importPatched } from "../load-program.ts";
import type { ProducerMutation } from "./mutations.ts";
import type * as program from "./program.ts";
import { drawScenario } from "./scenario.ts";
import { runScenario } from "./world.ts";

/** The day that notices, and what it sees. Undefined: none of those that were drawn. */
export async function catchMutation(
  { patches }: ProducerMutation,
  firstSeed: number,
  mostSeeds = 2000,
): Promise<{ readonly seed: number; readonly violation: string } | undefined> {
  const broken = await importPatched<typeof program>(
    new URL("program.ts", import.meta.url),
    patches,
  );
  for (let seed = firstSeed; seed < firstSeed + mostSeeds; seed++) {
    const { violations } = await runScenario(drawScenario(seed), broken);
    const [first] = violations;
    if (first) return { seed, violation: `${first.rule}: ${first.what}` };
  }
  return undefined;
}
