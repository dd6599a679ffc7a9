/** Parked records, shard by shard in their order. Rule 20. */
import { randomUUID } from "node:crypto";
import { type RedriveResult, redriveEvent } from "../../park/redrive-event.ts";
import { comparePositions } from "../../record/position.ts";
import { counted } from "../counted.ts";
import type { ParkedItem } from "./found.ts";
import { InvocationError, NotInvokedError } from "./function-target.ts";
import type { Outcome } from "./outcome.ts";
import { ExpiredError, payloadOf } from "./payloads.ts";
import type { Parked, Redrive } from "./redrive-all.ts";

/** So long an item belongs to this redrive: Lambda's longest timeout, and a minute. */
const takenForMs = 16 * 60_000;

/** Bytes of data in an invocation: its event, in base64, must stay below 6 MB. */
const bytesAtMost = 4 * 1024 * 1024;

/**
 * False: it was interrupted before all had their turn. `logs`: also those of which nothing is left to
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
  for (const [log, ofLog] of byLog) {
    ofLog.sort((a, b) => comparePositions(a.item, b.item));
    if (!(await redriveLog(redrive, log, ofLog, look))) return false;
  }
  return true;
}

async function redriveLog(
  redrive: Redrive,
  log: string,
  parked: readonly Parked[],
  look: () => Promise<readonly Parked[]>,
): Promise<boolean> {
  const { logs, settings, signal, target } = redrive;
  const ordered = (await logs?.parkedKeys(log)) ?? new Set<string>();
  /** Keys of which a record is not back: those behind it wait. */
  const blocked = new Set<string>();
  const finish = (one: Parked, outcome: Outcome, what?: string) => {
    tell(redrive, one, outcome, what);
    const isBack = outcome === "would redrive" || isDone(outcome);
    if (!isBack && ordered.has(one.item.partitionKey)) blocked.add(one.item.partitionKey);
  };
  let left: Parked[] = [];
  for (const one of parked) if (await isFree(redrive, one, finish)) left.push(one);
  while (left.length > 0) {
    if (signal.aborted) return false;
    const behind = left.filter(({ item }) => blocked.has(item.partitionKey));
    for (const one of behind) {
      await one.hold.giveBack();
      finish(one, "waiting", "An earlier record of its key is not back.");
    }
    left = left.filter((one) => !behind.includes(one));
    const batch = await nextBatch(redrive, left, finish);
    left = left.slice(batch.taken);
    if (batch.items.length === 0) continue;
    if (!target)
      for (const { parked } of batch.items) {
        await parked.hold.giveBack();
        finish(parked, "would redrive", parked.item.error.message);
      }
    else {
      const again = await bringBack(redrive, batch.items, finish);
      left = [...again, ...left];
    }
  }
  if (!target) return true;
  if (settings.queue === undefined) await freeKeys(redrive, log, blocked, look);
  else if (ordered.size > 0) {
    redrive.note(
      `Later records of ${counted(ordered.size, "key")} are still parked in ${log}: a queue cannot be asked whether it holds more of them. shardmill progress reset frees the keys, and forgets the rest.`,
    );
  }
  return true;
}

/** Later records of a key are processed again once none is parked. */
async function freeKeys(
  { logs }: Redrive,
  log: string,
  blocked: ReadonlySet<string>,
  look: () => Promise<readonly Parked[]>,
): Promise<void> {
  const keys = (await logs?.parkedKeys(log)) ?? new Set<string>();
  const freed = new Set([...keys].filter((key) => !blocked.has(key)));
  if (freed.size === 0) return;
  await logs!.freeKeys(log, freed, async (key) => {
    const parked = await look();
    return parked.some(({ item }) => item.log === log && item.partitionKey === key);
  });
}

const isDone = (outcome: Outcome) =>
  outcome === "redriven" ||
  outcome === "repeated" ||
  outcome === "duplicate" ||
  outcome === "processed";

type Finish = (one: Parked, outcome: Outcome, what?: string) => void;

/** Whether it may be taken: the log says that it is parked, and nobody else has it. */
async function isFree(redrive: Redrive, one: Parked, finish: Finish): Promise<boolean> {
  const { item, hold } = one;
  const { clock, logs, target } = redrive;
  if (item.state === "redriving" && item.heldUntil >= clock.now()) {
    finish(one, "busy", `Another redrive has it until ${new Date(item.heldUntil).toISOString()}.`);
    return false;
  }
  if (item.uniqueId !== undefined && target && "stream" in target) {
    const own = item.streamArn.slice(item.streamArn.indexOf("/") + 1);
    if (own === target.stream.name) {
      await hold.giveBack();
      finish(
        one,
        "refused",
        `Its unique id ${item.uniqueId} is remembered: in its own stream it would be taken for a duplicate. Give --function or --handler.`,
      );
      return false;
    }
  }
  if (item.state !== "parked") return true;
  const says = await logs?.says(item);
  if (says === "parked") {
    if (target) await hold.confirm();
    return true;
  }
  if (says === "done") {
    if (target) await hold.finish();
    finish(one, "processed", "The log says that it was done: it was never confirmed.");
    return false;
  }
  await hold.giveBack();
  const why = logs
    ? "The log does not say that it is parked: Lambda may deliver it again."
    : `It was never confirmed, and no log can be asked: give --progress-table.`;
  finish(one, "unconfirmed", why);
  return false;
}

interface Loaded {
  readonly parked: Parked;
  readonly data: Uint8Array;
}

/** As many as an invocation takes, with their payloads. `taken`: how many of those that are left it dealt with. */
async function nextBatch(
  { reading, settings }: Redrive,
  left: readonly Parked[],
  finish: Finish,
): Promise<{ items: Loaded[]; taken: number }> {
  const items: Loaded[] = [];
  let [taken, bytes] = [0, 0];
  for (const parked of left) {
    if (items.length >= settings.batchSize) break;
    try {
      const data = await payloadOf(parked.item, reading);
      bytes += data.byteLength;
      if (bytes > bytesAtMost && items.length > 0) break;
      items.push({ parked, data });
    } catch (error) {
      await parked.hold.giveBack();
      finish(
        parked,
        error instanceof ExpiredError ? "expired" : "refused",
        (error as Error).message,
      );
      taken++;
      // Those behind it may have to wait.
      break;
    }
    taken++;
  }
  return { items, taken };
}

/** Resolves to those that are to have another turn. */
async function bringBack(
  redrive: Redrive,
  items: readonly Loaded[],
  finish: Finish,
): Promise<readonly Parked[]> {
  const { clock, target } = redrive;
  const token = randomUUID();
  const deadline = clock.now() + takenForMs;
  const mine: Loaded[] = [];
  for (const one of items) {
    if (await one.parked.hold.take(token, deadline)) mine.push(one);
    else finish(one.parked, "busy", "Another redrive has taken it.");
  }
  if (mine.length === 0) return [];
  if ("stream" in target!) return intoStream(target.stream, mine, finish);
  const { fn } = target!;
  const event = redriveEvent(
    mine.map(({ parked, data }) => ({ ...parked.item, data })),
    { token, deadline },
  );
  let results: readonly RedriveResult[] | undefined;
  try {
    const response = await fn.invoke(event);
    results = (response as { redriven?: readonly RedriveResult[] } | null)?.redriven;
  } catch (error) {
    if (error instanceof NotInvokedError) {
      for (const { parked } of mine) await parked.hold.giveBack();
      throw error;
    }
    if (error instanceof InvocationError) return failedTogether(redrive, mine, error, finish);
    for (const { parked } of mine) {
      finish(
        parked,
        "failed",
        `${(error as Error).message}. What became of it is not known: it is left for 16 minutes.`,
      );
    }
    return [];
  }
  if (!results) {
    const what = `${fn.name} did not say what became of it: it has no option \`park\`, or an older version of shardmill.`;
    for (const { parked } of mine) {
      await parked.hold.giveBack();
      finish(parked, "refused", what);
    }
    return [];
  }
  return settle(mine, results, finish);
}

/** One of them may have killed the function: each has a turn alone. */
async function failedTogether(
  redrive: Redrive,
  items: readonly Loaded[],
  error: Error,
  finish: Finish,
): Promise<readonly Parked[]> {
  for (const { parked } of items) await parked.hold.giveBack();
  const [only] = items;
  if (items.length === 1) {
    finish(only!.parked, "failed", error.message);
    return [];
  }
  const again: Parked[] = [];
  const half = Math.ceil(items.length / 2);
  for (const part of [items.slice(0, half), items.slice(half)]) {
    again.push(...(await bringBack(redrive, part, finish)));
  }
  return again;
}

/** Marks what is back, after its effect is done and remembered. */
async function settle(
  items: readonly Loaded[],
  results: readonly RedriveResult[],
  finish: Finish,
): Promise<readonly Parked[]> {
  const byId = new Map(results.map((result) => [result.id, result]));
  const waiting: Parked[] = [];
  for (const { parked } of items) {
    const { outcome = "failed", error } = byId.get(parked.item.id) ?? {};
    if (isDone(outcome)) await parked.hold.finish();
    else await parked.hold.giveBack();
    if (outcome === "waiting") waiting.push(parked);
    else finish(parked, outcome, error && `${error.name}: ${error.message}`);
  }
  // Another turn only where something else has come to its end.
  if (waiting.length < items.length) return waiting;
  for (const parked of waiting) finish(parked, "waiting", "The function had no time for it.");
  return [];
}

async function intoStream(
  stream: { put(record: ParkedItem & { data: Uint8Array }): Promise<void> },
  items: readonly Loaded[],
  finish: Finish,
): Promise<readonly Parked[]> {
  for (const [place, { parked, data }] of items.entries()) {
    try {
      await stream.put({ ...parked.item, data });
    } catch (error) {
      const behind = items.slice(place + 1).map(({ parked }) => parked);
      for (const one of [parked, ...behind]) await one.hold.giveBack();
      finish(parked, "failed", (error as Error).message);
      return behind;
    }
    await parked.hold.finish();
    finish(parked, "redriven");
  }
  return [];
}

function tell({ tell }: Redrive, { item, hold }: Parked, outcome: Outcome, what?: string): void {
  const { id, partitionKey, attempts, approximateArrivalTimestamp } = item;
  tell(
    {
      ...{ outcome, where: hold.where, id, partitionKey, attempts, records: 1 },
      arrivedAt: new Date(approximateArrivalTimestamp).toISOString(),
      ...(what === undefined ? {} : { what }),
    },
    hold,
  );
}
