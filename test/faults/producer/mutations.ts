/** For each promise of the producer, code that breaks it: a day must notice. */
import { importPatched, type Patch } from "../load-program.ts";
import type * as program from "./program.ts";
import { drawScenario } from "./scenario.ts";
import { runScenario } from "./world.ts";

export interface ProducerMutation {
  readonly name: string;
  readonly patches: readonly Patch[];
}

const inFile =
  (file: string) =>
  (from: string, to: string): Patch => ({ file: `src/producer/${file}`, from, to });
const engine = inFile("engine.ts");
const lane = inFile("lane.ts");
const lanes = inFile("lanes.ts");
const entries = inFile("entries.ts");
const answers = inFile("answers.ts");
const shards = inFile("shards.ts");
const pending = inFile("pending.ts");
const wakeUp = inFile("wake-up.ts");
const producer = inFile("kinesis-producer.ts");

export const producerMutations: readonly ProducerMutation[] = [
  {
    name: "a lane has several batches under way",
    patches: [engine("lane.underWay === 0 || !isOrdered", "lane.underWay >= 0 || !isOrdered")],
  },
  {
    name: "what was refused goes behind what waits",
    patches: [
      lane(
        "lane.queue = merged.concat(queue.slice(at));",
        "lane.queue = queue.slice(at).concat(merged);",
      ),
    ],
  },
  {
    name: "a key is in a request twice",
    patches: [entries('if (isOrdered && keys.has(partitionKey)) return "leave";', "")],
  },
  {
    name: "after a reshard nobody waits for what is under way",
    patches: [
      lanes("for (const lane of batch.lanes) lane.underWay++;", ""),
      engine("lane.underWay--;", "lane.underWay = Math.max(0, lane.underWay - 1);"),
    ],
  },
  {
    name: "an aggregate in another shard counts as put",
    patches: [engine("if (isExplained([entry, outcome])) put", "if (entry.isPacked) put")],
  },
  {
    name: "of an aggregate in another shard the foreign records alone are put again, as the KPL does it",
    patches: [
      engine(
        "      one.mayHaveBeenPut = true;\n      one.lastError = cause;\n      again.push(one);",
        "      if (!shards.explains(shardId, 0, [one.hashKey])) again.push(one);\n      else options.onPut(one, { shardId, sequenceNumber: '1', subSequenceNumber: 0, attempts: [] });",
      ),
    ],
  },
  {
    name: "nobody looks at the shard that an answer names",
    patches: [
      answers(
        "shard?.shardId === shardId && isSameShard(shard, createdAt)",
        "shard?.shardId !== ''",
      ),
    ],
  },
  {
    name: "a map that explains nothing goes on being trusted",
    patches: [
      shards("isTrusted = false;\n      await look();", "await look();"),
      shards(
        "// ListShards may be behind, or ahead. What is asked for next is believed.\n      isTrusted = false;",
        "",
      ),
    ],
  },
  {
    name: "records never expire",
    patches: [
      pending(
        "expiresAt: now + ttlMs,\n      resolve",
        "expiresAt: now + 100 * ttlMs,\n      resolve",
      ),
    ],
  },
  {
    name: "records expire while the process is frozen",
    patches: [wakeUp("frozenMs += moment - due;", "")],
  },
  {
    name: "records of a key are put behind one that was given up",
    patches: [engine("if (!settings.failsKey) return;", "if (settings.failsKey) return;")],
  },
  {
    name: "what was refused is forgotten",
    patches: [engine("else again.push(one);", "")],
  },
  {
    name: "there is always room",
    patches: [producer("records >= mostRecords || bytes >= mostBytes", "records < 0")],
  },
  {
    name: "the last one that waits for room gets it first",
    patches: [producer("waiting.shift()!", "waiting.pop()!")],
  },
];

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
