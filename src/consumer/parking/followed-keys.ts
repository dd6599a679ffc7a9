/** Keys of which a record is parked, and which later records follow: what an environment knows of them, and a batch has to ask. */
import {
  allKeys,
  type FollowedKeys,
  KnownKeys,
  keySetOf,
  keysToFollow,
  nameOfKey,
} from "../../progress/parked-keys.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Batch } from "../../record/unpack.ts";
import type { BatchRun } from "../batch-run.ts";
import type { Environment } from "../environment.ts";
import type { Plan } from "../plan.ts";

/** What the environment knows of the parked keys of a log's stream. Undefined: no key is followed. */
export function knownKeys<T>(
  { afterPark }: Plan<T>,
  { parkedKeys }: Environment,
  log: string,
): KnownKeys | undefined {
  if (afterPark !== "parkKey") return undefined;
  const set = keySetOf(log);
  const known = parkedKeys.get(set) ?? new KnownKeys();
  parkedKeys.set(set, known);
  return known;
}

/** The batch's keys of which a record is parked. A log that was loaded anew knows only what is read here. */
export async function followedKeys<T>(
  { progress }: Plan<T>,
  batch: Batch,
  { name, parkedKeys }: ShardLog,
  isAnew: boolean,
): Promise<FollowedKeys | undefined> {
  if (!parkedKeys) return undefined;
  const store = progress!.parkedKeys!;
  const set = keySetOf(name);
  if (isAnew) for await (const { key } of allKeys(store, set)) parkedKeys.add([key]);
  const keys = batch.records.map(({ partitionKey }) => nameOfKey(partitionKey));
  return keysToFollow(parkedKeys, store, set, keys);
}

/** The key of which later records follow this one, once it is parked. Undefined: none do. */
export const keyOf = <T>({ batch, plan }: BatchRun<T>, place: number): string | undefined =>
  plan.afterPark === "parkKey" ? nameOfKey(batch.records[place]!.partitionKey) : undefined;
