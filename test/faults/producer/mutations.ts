/** For each promise of the producer, code that breaks it: a day must notice. */
import type { Patch } from "../load-program.ts";

export interface ProducerMutation {
  readonly name: string;
  readonly patches: readonly Patch[];
}

const inFile =
  (file: string) =>
  (from: string, to: string): Patch => ({ file: `src/producer/${file}`, from, to });
const engine = inFile("engine.ts");
const lanes = inFile("lanes.ts");
const entries = inFile("entries.ts");
const answers = inFile("answers.ts");
const shards = inFile("shards.ts");
const wakeUp = inFile("wake-up.ts");
const producer = inFile("kinesis-producer.ts");

export const producerMutations: readonly ProducerMutation[] = [
  {
    name: "a key is in several aggregates of a batch",
    patches: [entries("next.key.hashKey.charCodeAt(31) % most", "next.ordinal % most")],
  },
  {
    name: "a lane has several batches under way",
    patches: [inFile("turns.ts")("isOrdered && lane.underWay > 0", "lane.underWay < 0")],
  },
  {
    name: "what was refused goes behind what waits",
    patches: [engine("if (again.length > 0) putInOrder(lane);", "")],
  },
  {
    name: "a key is in a request twice",
    patches: [entries('if (isOrdered && keys.has(next.partitionKey)) return "leave";', "")],
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
    patches: [engine("shards.explains(shardId, 0, entry)", "entry.isPacked")],
  },
  {
    name: "of an aggregate in another shard the foreign records alone are put again, as the KPL does it",
    patches: [
      engine(
        "        else again.push(one);",
        "        else if (said.errorCode !== 'WrongShard' || !shards.explains(said.errorMessage.split(/[ .]/)[8]!, 0, { pending: [one] } as never)) again.push(one);\n        else onPut(one, { shardId: '', sequenceNumber: '1', subSequenceNumber: 0, attempts: [] });",
      ),
    ],
  },
  {
    name: "nobody looks at the shard that an answer names",
    patches: [
      answers("lane.shardId === shardId && isSameShard(lane, createdAt)", "lane.shardId !== ''"),
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
      engine("next.putAt + ttlMs <= moment", "next.putAt + 100 * ttlMs <= moment"),
      engine("first.putAt + ttlMs, shards.wakeAt", "first.putAt + 100 * ttlMs, shards.wakeAt"),
    ],
  },
  {
    name: "records expire while the process is frozen",
    patches: [wakeUp("moment - due > frozenAfterMs ? due : moment", "moment")],
  },
  {
    name: "records of a key are put behind one that was given up",
    patches: [engine("settings.failsKey\n", "!settings.failsKey\n")],
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
    patches: [
      producer("for (const next of waiting) {", "for (const next of [...waiting].reverse()) {"),
    ],
  },
];
