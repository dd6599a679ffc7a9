/** Breaks each rule on purpose, and draws days until the simulation notices. */
import { drawScenario } from "./draw.ts";
import { type Programs, programsWith } from "./load-program.ts";
import type { Mutation } from "./mutations.ts";
import type { Program } from "./program.ts";
import { runScenario } from "./world.ts";

export interface Caught {
  readonly rule: string;
  readonly name: string;
  /** Undefined: no day of those that were drawn has shown it. */
  readonly seed: number | undefined;
  /** What was seen. */
  readonly violation?: string;
}

/** So many days at most are drawn for each mutation. */
const mostSeeds = 1000;

export async function checkMutations(
  mutations: readonly Mutation[],
  firstSeed: number,
  onCaught: (caught: Caught) => void,
): Promise<readonly Caught[]> {
  const real = programsWith();
  const all: Caught[] = [];
  for (const mutation of mutations) {
    const caught = await checkMutation(mutation, firstSeed, real);
    onCaught(caught);
    all.push(caught);
  }
  return all;
}

export async function checkMutation(
  mutation: Mutation,
  firstSeed: number,
  real: Programs,
): Promise<Caught> {
  const { rule, name, patches, draw = drawScenario, focus = (scenario) => scenario } = mutation;
  const mutated = programsWith(patches);
  for (let seed = firstSeed; seed < firstSeed + mostSeeds; seed++) {
    const scenario = focus(draw(seed));
    const { violations } = await runScenario(scenario, mutant(mutation, await mutated(scenario)));
    if (violations.length === 0) continue;
    if (violations[0]!.rule === "crash") throw new Error(`${name}: ${violations[0]!.what}`);
    // It is the mutation that was seen, and not the day.
    const sound = await runScenario(scenario, await real(scenario));
    if (sound.violations.length === 0) {
      return { rule, name, seed, violation: `${violations[0]!.rule}: ${violations[0]!.what}` };
    }
  }
  return { rule, name, seed: undefined };
}

function mutant({ store }: Mutation, program: Program): Program {
  if (!store) return program;
  return {
    ...program,
    dynamodbProgress: (options = {}) => store(program.dynamodbProgress(options), options),
  };
}
