/** Parked records, shard by shard in their order. Rule 20. */
import { keySetOf, nameOfKey } from "../../../../src/progress/parked-keys.ts";
import { comparePositions } from "../../../../src/record/position.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { counted } from "../terminal/counted.ts";
import { bringBack, type Loaded, nextBatch } from "./bring-back.ts";
import type { ParkedItem } from "./found.ts";
import { isFree } from "./free.ts";
import { NotInvokedError } from "./function-target.ts";
import { giveBack } from "./give-back.ts";
import { isDone, type Outcome } from "./outcome.ts";
import { payloadOf, refusalOf } from "./payloads.ts";
import type { Finish, Keyed, Parked, Redrive } from "./redrive.ts";

/**
 * False: something was interrupted, or went wrong, before it had its turn. `logs`: also those of which nothing is left to
 * come back. `look`: what is parked now.
 */
export async function redriveParked(
  redrive: Redrive,
  parked: readonly Parked[],
  logs: readonly string[],
  look: () => Promise<readonly Parked[]>,
): Promise<boolean> {
  const byLog = new Map<string, Parked[]>(logs.map((log) => [log, []]));
  for (const one of parked) byLog.set(one.item.log, [...(byLog.get(one.item.log) ?? []), one]);
  // A child shard's log has a later second in its name: its records follow those of its parents.
  const inOrder = [...byLog].sort(([a], [b]) => createdAt(a) - createdAt(b));
  const keys = new Map<string, FollowedKeys>();
  /** Records of logs in which something went wrong: what follows them waits, in the logs of child shards too. */
  const stuck = new Map<string, readonly Parked[]>();
  for (const [log, ofLog] of inOrder) {
    // Rows stand at no place of their shard, and follow one another by when they were complete.
    ofLog.sort(
      (a, b) =>
        comparePositions(a.item, b.item) ||
        a.item.approximateArrivalTimestamp - b.item.approximateArrivalTimestamp,
    );
    const set = keySetOf(log);
    try {
      const followed = keys.get(set) ?? (await followedKeys(redrive, log));
      keys.set(set, followed);
      for (const { item } of stuck.get(set) ?? []) block(item, followed.blocked, followed);
      if (!(await redriveLog(redrive, log, ofLog, followed))) return false;
    } catch (error) {
      // One shard's trouble is not that of the others, unless nobody is there to be asked.
      if (error instanceof NotInvokedError || error instanceof UsageError) throw error;
      redrive.note(`${log}: ${(error as Error).message}`);
      stuck.set(set, [...(stuck.get(set) ?? []), ...ofLog]);
    }
  }
  let isWhole = stuck.size === 0;
  if (!redrive.target) return isWhole;
  for (const [set, followed] of keys) {
    try {
      await freeKeys(redrive, followed, look);
    } catch (error) {
      redrive.note(`The keys in ${set} are not freed: ${(error as Error).message}`);
      isWhole = false;
    }
  }
  return isWhole;
}

const createdAt = (log: string) => Number(log.split("#")[2]);

/** The partition keys of a stream whose records keep their order while they are parked, by their names. */
interface FollowedKeys {
  /** A log of the stream. */
  readonly log: string;
  readonly ordered: ReadonlySet<string>;
  /** Keys of which a record is not back: those behind it wait. */
  readonly blocked: Set<string>;
}

async function followedKeys({ logs }: Redrive, log: string): Promise<FollowedKeys> {
  const keys = (await logs?.parkedKeys(log)) ?? [];
  return { log, ordered: new Set(keys.map(({ key }) => key)), blocked: new Set() };
}

/** What follows the record waits; one that is parked without its key may be of any. */
function block({ partitionKey }: ParkedItem, keys: Set<string>, { ordered }: FollowedKeys): void {
  for (const key of partitionKey === undefined ? ordered : [nameOfKey(partitionKey)]) {
    if (ordered.has(key)) keys.add(key);
  }
}

/** False: it was interrupted. */
async function redriveLog(
  redrive: Redrive,
  log: string,
  parked: readonly Parked[],
  followed: FollowedKeys,
): Promise<boolean> {
  const { logs, signal, target } = redrive;
  const { blocked } = followed;
  const finishInto =
    (keys: Set<string>): Finish =>
    (one, outcome, what) => {
      tell(redrive, one, outcome, what);
      if (outcome === "would redrive" || isDone(outcome)) return;
      // What the stream does not have any more never comes back: nothing can wait for it.
      const isLost = one.item.partitionKey === undefined && outcome === "expired";
      if (!isLost) block(one.item, keys, followed);
    };
  const finish = finishInto(blocked);
  /** Keys of which a record cannot be taken: those behind it wait, and those before it have their turn. */
  const held = new Set<string>();
  const leave = finishInto(held);
  const wait = async (one: Parked, leave: Finish) => {
    await giveBack(redrive, one);
    leave(one, "waiting", "An earlier record of its key is not back.");
  };
  const unconfirmed = parked.filter(({ item }) => item.state === "parked");
  const said = await logs?.says(
    log,
    unconfirmed.map(({ item }) => item),
  );
  let left: Keyed[] = [];
  for (const one of parked) {
    try {
      if (!(await isFree(redrive, one, said?.get(one.item), leave))) continue;
    } catch (error) {
      leave(one, "refused", `It cannot be taken: ${(error as Error).message}`);
      continue;
    }
    const keyed = await withKey(redrive, one, leave);
    if (keyed && held.has(nameOfKey(keyed.item.partitionKey))) await wait(keyed, leave);
    else if (keyed) left.push(keyed);
  }
  while (left.length > 0) {
    if (signal.aborted) return false;
    const behind = left.filter(({ item }) => blocked.has(nameOfKey(item.partitionKey)));
    for (const one of behind) await wait(one, finish);
    left = left.filter((one) => !behind.includes(one));
    const batch = await nextBatch(redrive, left, finish);
    left = left.slice(batch.taken);
    if (batch.items.length === 0) continue;
    if (!target) await showAll(redrive, batch.items, finish);
    else left = [...(await bringBack(redrive, batch.items, finish)), ...left];
  }
  for (const key of held) blocked.add(key);
  return true;
}

async function showAll(redrive: Redrive, items: readonly Loaded[], finish: Finish): Promise<void> {
  for (const { parked } of items) {
    await giveBack(redrive, parked);
    finish(parked, "would redrive", parked.item.error.message);
  }
}

/** With its partition key, which stands in the stream where there was no room for it. Undefined: the stream has it no more. */
async function withKey(redrive: Redrive, one: Parked, finish: Finish): Promise<Keyed | undefined> {
  const { item, hold } = one;
  const { partitionKey } = item;
  if (partitionKey !== undefined) return { item: { ...item, partitionKey }, hold };
  try {
    // The payload is read again in its turn: kept until then, many would fill the memory.
    const { partitionKey, explicitHashKey } = await payloadOf(item, redrive.reading);
    return { item: { ...item, partitionKey: partitionKey!, explicitHashKey }, hold };
  } catch (error) {
    await giveBack(redrive, one);
    finish(one, refusalOf(error), (error as Error).message);
    return undefined;
  }
}

/** How often keys are looked through again, because a record of one was parked meanwhile. */
const rounds = 10;

/** Later records of a key are processed again once none is parked. */
async function freeKeys(
  { logs, note, settings }: Redrive,
  { blocked, log, ordered }: FollowedKeys,
  look: () => Promise<readonly Parked[]>,
): Promise<void> {
  if (!logs || ordered.size === 0) return;
  const set = keySetOf(log);
  if (settings.queue !== undefined) {
    return note(
      `Later records of ${counted(ordered.size, "key")} are still parked in ${set}: a queue cannot be asked whether it holds more of them. shardmill progress reset frees the keys, and forgets the rest.`,
    );
  }
  for (let round = 0; round < rounds; round++) {
    // First the keys, then what is parked: a record of a key that is parked in between keeps it.
    const keys = (await logs.parkedKeys(log)).filter(({ key }) => !blocked.has(key));
    if (keys.length === 0) return;
    const parked = (await look()).filter(({ item }) => keySetOf(item.log) === set);
    const kept = new Set<string>();
    for (const { item } of parked) {
      // One that is parked without its key may be of any.
      if (item.partitionKey === undefined) return;
      kept.add(nameOfKey(item.partitionKey));
    }
    let isWhole = true;
    for (const key of keys) if (!kept.has(key.key) && !(await logs.free(key))) isWhole = false;
    if (isWhole) return;
  }
  throw new Error("records of them are parked all the time. Try again.");
}

function tell({ tell }: Redrive, { item, hold }: Parked, outcome: Outcome, what?: string): void {
  const { id, partitionKey, attempts, approximateArrivalTimestamp } = item;
  tell(
    {
      ...{ outcome, where: hold.where, id, attempts, records: 1 },
      ...(partitionKey === undefined ? {} : { partitionKey }),
      arrivedAt: new Date(approximateArrivalTimestamp).toISOString(),
      ...(what === undefined ? {} : { what }),
    },
    hold,
  );
}
