/** `npm run faults -- --mapping`: explores seeds, and says in one line what it found. */
import { explore } from "./explore.ts";

export interface MappingRuns {
  readonly seed: number;
  readonly runs: number;
  /** Explores for so long instead of `runs`. */
  readonly minutes: number | undefined;
  /** One line of JSON. */
  readonly json: boolean;
}

/** Resolves to whether nothing was violated. */
export async function exploreMappings({
  seed,
  runs,
  minutes,
  json,
}: MappingRuns): Promise<boolean> {
  const until = performance.now() + (minutes ?? 0) * 60_000;
  const sum = { runs: 0, records: 0, invocations: 0, documents: 0, seeds: [] as number[] };
  const isOver = () => (minutes === undefined ? sum.runs === runs : performance.now() >= until);
  for (let current = seed; !isOver(); current++) {
    const { records, invocations, documents, violations } = await explore(current);
    sum.runs++;
    sum.records += records;
    sum.invocations += invocations;
    sum.documents += documents;
    if (violations.length > 0) sum.seeds.push(current);
    for (const violation of violations.slice(0, 5)) console.error(`seed ${current}: ${violation}`);
  }
  const { seeds, ...counts } = sum;
  console.log(
    json
      ? JSON.stringify({ seed, ...counts, violations: seeds.length, seeds })
      : `mapping: ${sum.runs} runs from seed ${seed}, ${sum.records} records, ${sum.invocations} invocations, ${sum.documents} failure documents, ${seeds.length} runs with violations${seeds.length > 0 ? ` (${seeds.slice(0, 10).join(", ")})` : ""}`,
  );
  return seeds.length === 0;
}
