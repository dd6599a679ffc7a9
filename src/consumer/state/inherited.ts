/** The state of a shard that was made by a split or a merge: that of its parents, as far as its keys are its own. */
import { listShards } from "../../aws/list-shards.ts";
import type { Runtime } from "../../handler/runtime.ts";
import { effectiveHashKey } from "../../kpl/hash-key.ts";
import { type Entry, entryVersion } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import { parentLogs } from "../../progress/parent-logs.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { HashKeyRange } from "../../record/deaggregator.ts";
import { randomHex } from "../../time/random.ts";
import type { Invocation } from "../invocation.ts";
import type { GivenPart, Machine, MachineKind, Parent } from "../machine.ts";
import type { Plan } from "../plan.ts";
import { shardOfLog } from "./reach.ts";
import { restore } from "./restore.ts";
import type { ShardState } from "./shard-state.ts";

/** Of which stream and consumer the logs are. */
export interface Source {
  readonly consumer: string;
  readonly streamArn: string;
  readonly shardId: string;
}

/** All that a shard's state needs of what is outside. */
export interface Surroundings<T> {
  readonly kind: MachineKind<T>;
  readonly access: LogAccess;
  readonly runtime: Runtime;
  /** Where shards are merged: takes what a parent has of what is over. */
  readonly give: (part: GivenPart) => Promise<unknown> | undefined;
}

/** Those of an invocation. */
export const surroundings = <T>(
  plan: Plan<T>,
  { streamArn }: Source,
  access: LogAccess,
  invocation: Invocation,
): Surroundings<T> => {
  const { kind, merge } = plan.counted!;
  return {
    ...{ access, kind, runtime: invocation.runtime },
    give: (part) => merge?.(plan, streamArn, [part], undefined, invocation),
  };
};

/** What is of keys with these hashes, a shard's machine, and the shards on the way from it. */
interface Found {
  readonly log: string;
  readonly shardId: string;
  readonly machine: Machine;
  readonly way: readonly HashKeyRange[];
}

/**
 * Takes the parents' state over, once, before a shard's first record is counted. Each parent's log is told first, so that whoever still
 * has that shard adds nothing to it; and so are those of shards that never had a record, so that no flush takes over for these what has gone through them.
 * Who may not tell takes over only what was told before, by another child. False: it was not, and the shard must not begin.
 *
 * Where shards are merged, what a parent has of what is over is given in its own name first: whoever still has that shard may be giving the same. Logs
 * without a state are told too, so that no flush gives for them any more.
 */
export async function takeOver<T>(
  state: ShardState,
  log: ShardLog,
  source: Source,
  { access, give, kind, runtime }: Surroundings<T>,
  mayTell = true,
): Promise<boolean> {
  kind.checkShard?.(source.shardId, await rangeOf(source, runtime));
  log.parents ??= await parentLogs(log.name, source, access);
  const found: Found[] = [];
  const heirs = new Map<string, string | undefined>();
  const empty = new Set<string>();
  for (const name of log.parents) {
    const its = await handOver(name, source);
    if (!its) return false;
    found.push(...its);
  }
  if (found.length === 0) return true;
  const own = await rangeOf(source, runtime);
  const parents: Parent<Machine>[] = [];
  const taken = new Set<string>();
  for (const { log, machine, shardId, way } of found) {
    const part = kind.merging?.partOf(machine);
    if (part) {
      await give({ shard: shardOfLog(log), part });
      kind.merging!.given(machine, part.time);
    }
    const isHeir = !taken.has(log) && isHeirOf(shardId);
    taken.add(log);
    const theirs = await rangeOf({ ...source, shardId }, runtime).catch(() => undefined);
    const owns = (key: string) => {
      const place = placeIn(theirs, key);
      return [...way, own].every(({ start, end }) => start <= place && place <= end);
    };
    parents.push({ shardId, machine, owns, isHeir });
  }
  kind.inherit(state.machine, parents);
  state.isInherited = true;
  return true;

  /** Who has told a shard first has it, or whoever has told that one first, where it never had a record. */
  function isHeirOf(shardId: string): boolean {
    let heir = heirs.get(shardId);
    while (heir !== undefined && empty.has(heir)) heir = heirs.get(heir);
    return heir === source.shardId;
  }

  /**
   * The shard's state, or those of its own parents where it never had a record; its log says from now on that it is gone, unless there is
   * nothing that could go. Undefined: nobody was to tell it, and nobody has.
   */
  async function handOver(name: string, child: Source): Promise<readonly Found[] | undefined> {
    const [, , , shardId = ""] = name.split("#");
    for (;;) {
      const { isEmpty, n, state } = await restore(name, Infinity, kind, access);
      const found = isEmpty
        ? await throughEmpty(name, { ...child, shardId })
        : [{ log: name, shardId, machine: state.machine, way: [] }];
      if (isEmpty) empty.add(shardId);
      heirs.set(shardId, state.handed ? state.heir : source.shardId);
      if (!found || state.handed || (found.length === 0 && !kind.merging)) return found;
      if (!mayTell) return undefined;
      if (await say(name, n, source.shardId, access)) return found;
    }
  }

  /** What is of its keys: the rest has gone, or goes, another way. */
  async function throughEmpty(name: string, shard: Source): Promise<readonly Found[] | undefined> {
    const all: Found[] = [];
    for (const parent of await parentLogs(name, shard, access)) {
      const its = await handOver(parent, shard);
      if (!its) return undefined;
      all.push(...its);
    }
    if (all.length === 0) return all;
    const range = await rangeOf(shard, runtime);
    return all.map(({ way, ...found }) => ({ ...found, way: [...way, range] }));
  }
}

/**
 * Where a key is in a shard: its hash. One that is no partition key, or whose records have hash keys of their own, may have a hash outside of the
 * shard: it has some place within, so that one child takes it and no other.
 */
function placeIn(range: HashKeyRange | undefined, partitionKey: string): bigint {
  const hash = effectiveHashKey({ partitionKey });
  if (!range || (range.start <= hash && hash <= range.end)) return hash;
  return range.start + (hash % (range.end - range.start + 1n));
}

/** False: another entry has come in the meantime. */
async function say(name: string, n: number, child: string, access: LogAccess): Promise<boolean> {
  const { clock, keepInSeconds, random, store, writer } = access;
  const entry: Entry = {
    ...{ kind: "done", windows: { handed: child }, n: n + 1, at: clock.now() },
    ...{ writer, token: randomHex(random, 16), v: entryVersion },
  };
  const expiresAt = Math.ceil(entry.at / 1000) + keepInSeconds;
  const appended = await store.append(name, entry, expiresAt);
  return appended.ok || ("holder" in appended && appended.holder === entry.token);
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
