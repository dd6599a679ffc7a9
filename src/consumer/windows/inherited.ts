/** The windows of a shard that was made by a split or a merge: those of its parents, as far as their keys are its own. */
import { listShards } from "../../aws/list-shards.ts";
import type { Runtime } from "../../handler/runtime.ts";
import { effectiveHashKey } from "../../kpl/hash-key.ts";
import { type Entry, entryVersion, logName } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { HashKeyRange } from "../../record/deaggregator.ts";
import { randomHex } from "../../time/random.ts";
import type { Definition } from "../../windows/definition.ts";
import { inherit, type Parent } from "../../windows/inherit.ts";
import { partitionKeyIn } from "../../windows/keys.ts";
import { restore } from "./restore.ts";
import type { ShardWindows } from "./shard-windows.ts";

/** Of which stream and consumer the logs are. */
export interface Source {
  readonly consumer: string;
  readonly streamArn: string;
  readonly shardId: string;
}

/**
 * Takes the parents' windows over, once, before a shard's first record is counted. Each parent's log is told first, so that whoever still
 * has that shard adds nothing to them.
 * `"where they are handed"`: only if all of them were told before, by another child.
 */
export async function takeOver<T>(
  windows: ShardWindows<T>,
  log: ShardLog,
  source: Source,
  definition: Definition<T>,
  access: LogAccess,
  runtime: Runtime,
  when: "always" | "where they are handed" = "always",
): Promise<void> {
  const { shardId } = source;
  const names = log.parents ?? (await parentsOf(source, access));
  log.parents ??= names;
  const parents: Parent<T>[] = [];
  /** Some parent has its windows still. */
  let isOpen = false;
  for (const name of names) parents.push(...(await handOver(name, source)));
  if (parents.length === 0 || isOpen) return;
  inherit(windows.machine, parents, await ownsIn(shardId));
  windows.isInherited = true;

  /** The shard's windows, or those of its own parents where it never had a record; its log says from now on that they are gone. */
  async function handOver(name: string, child: Source): Promise<readonly Parent<T>[]> {
    const [, , , shardId = ""] = name.split("#");
    for (;;) {
      const { isEmpty, n, windows } = await restore(name, Infinity, definition, access);
      if (isEmpty) {
        const own = { ...child, shardId };
        const all: Parent<T>[] = [];
        for (const parent of await parentsOf(own, access))
          all.push(...(await handOver(parent, own)));
        if (all.length === 0) return [];
        // What is not of this shard has gone, or goes, another way.
        const owns = await ownsIn(shardId);
        return all.map((parent) => ({
          ...parent,
          owns: (key: string) => owns(key) && parent.owns(key),
        }));
      }
      if (when !== "always" && !windows.handed) {
        isOpen = true;
        return [];
      }
      if (windows.handed || (await say(name, n, access))) {
        return [{ shardId, machine: windows.machine, owns: () => true }];
      }
    }
  }

  /** Whether a key's records come through a shard. */
  async function ownsIn(shardId: string): Promise<(key: string) => boolean> {
    const { start, end } = await rangeOf({ ...source, shardId }, runtime);
    return (key) => {
      const hashKey = effectiveHashKey({ partitionKey: partitionKeyIn(key) });
      return start <= hashKey && hashKey <= end;
    };
  }
}

/** False: another entry has come in the meantime. */
async function say(name: string, n: number, access: LogAccess): Promise<boolean> {
  const { clock, keepInSeconds, random, store, writer } = access;
  const entry: Entry = {
    ...{ kind: "done", windows: { handed: true }, n: n + 1, at: clock.now() },
    ...{ writer, token: randomHex(random, 16), v: entryVersion },
  };
  const expiresAt = Math.ceil(entry.at / 1000) + keepInSeconds;
  const appended = await store.append(name, entry, expiresAt);
  return appended.ok || ("holder" in appended && appended.holder === entry.token);
}

async function parentsOf(
  { consumer, shardId, streamArn }: Source,
  access: LogAccess,
): Promise<readonly string[]> {
  const parents = await access.parentsOf(streamArn, shardId);
  return parents.map((parent) => logName(consumer, streamArn, parent.createdAt, parent.shardId));
}

async function rangeOf(
  { shardId, streamArn }: Source,
  { hashKeyRangeOf }: Runtime,
): Promise<HashKeyRange> {
  if (hashKeyRangeOf) return hashKeyRangeOf(streamArn, shardId);
  const shards = await listShards(streamArn);
  const range = shards.find((shard) => shard.ShardId === shardId)?.HashKeyRange;
  if (!range) throw new Error(`ListShards does not know ${shardId} of ${streamArn}.`);
  return { start: BigInt(range.StartingHashKey!), end: BigInt(range.EndingHashKey!) };
}
