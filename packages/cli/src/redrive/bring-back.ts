/** Parked records, batch by batch through their function, or into a stream. */
import { randomUUID } from "node:crypto";
import { type RedriveResult, redriveEvent } from "../../../../src/park/redrive-event.ts";
import { InvocationError, NotInvokedError } from "./function-target.ts";
import { giveBack } from "./give-back.ts";
import { isDone, type Outcome, outcomes } from "./outcome.ts";
import { payloadOf, refusalOf } from "./payloads.ts";
import type { Finish, Keyed, Redrive } from "./redrive.ts";
import type { StreamTarget } from "./stream-target.ts";

/** So long an item belongs to this redrive: Lambda's longest timeout, and a minute. */
const takenForMs = 16 * 60_000;

/** What an invocation's event may have: Lambda takes 6 MB. */
const bytesAtMost = 5_900_000;

/** What a record takes of it: base64 makes four bytes of three, and the rest stands beside it. */
const sizeOf = ({ item }: Keyed, data: Uint8Array): number =>
  Math.ceil((data.byteLength * 4) / 3) +
  Buffer.byteLength(
    JSON.stringify([item.partitionKey, item.explicitHashKey, item.streamArn, item.row]),
  ) +
  item.id.length +
  600;

export interface Loaded {
  readonly parked: Keyed;
  readonly data: Uint8Array;
}

/** As many as an invocation takes, with their payloads. `taken`: how many of those that are left it dealt with. */
export async function nextBatch(
  redrive: Redrive,
  left: readonly Keyed[],
  finish: Finish,
): Promise<{ items: Loaded[]; taken: number }> {
  const { reading, settings } = redrive;
  const items: Loaded[] = [];
  let [taken, bytes] = [0, 0];
  const ids = new Set<string>();
  for (const parked of left) {
    // A queue may have a record twice: the second finds that it is back, or is not, in a batch of its own.
    if (items.length >= settings.batchSize || ids.has(parked.item.id)) break;
    // Records, or rows of one output: each goes to an effect of its own.
    if (items[0] && items[0].parked.item.row?.output !== parked.item.row?.output) break;
    ids.add(parked.item.id);
    try {
      const { data } = await payloadOf(parked.item, reading);
      bytes += sizeOf(parked, data);
      if (bytes > bytesAtMost && items.length > 0) break;
      items.push({ parked, data });
    } catch (error) {
      await giveBack(redrive, parked);
      finish(parked, refusalOf(error), (error as Error).message);
      taken++;
      // Those behind it may have to wait.
      break;
    }
    taken++;
  }
  return { items, taken };
}

/** Resolves to those that are to have another turn. */
export async function bringBack(
  redrive: Redrive,
  items: readonly Loaded[],
  finish: Finish,
): Promise<readonly Keyed[]> {
  const { clock, target } = redrive;
  const token = randomUUID();
  const deadline = clock.now() + takenForMs;
  const mine: Loaded[] = [];
  for (const one of items) {
    try {
      if (await one.parked.hold.take(token, deadline)) mine.push(one);
      else finish(one.parked, "busy", "Another redrive has taken it.");
    } catch (error) {
      finish(one.parked, "refused", `It cannot be taken: ${(error as Error).message}`);
    }
  }
  if (mine.length === 0) return [];
  if ("stream" in target!) return intoStream(redrive, target.stream, mine, finish);
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
      for (const { parked } of mine) await giveBack(redrive, parked);
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
      await giveBack(redrive, parked);
      finish(parked, "refused", what);
    }
    return [];
  }
  return settle(redrive, mine, results, finish);
}

/** One of them may have killed the function: the first half has a turn of its own, and then the rest, if that does not wait for it. */
async function failedTogether(
  redrive: Redrive,
  items: readonly Loaded[],
  error: Error,
  finish: Finish,
): Promise<readonly Keyed[]> {
  for (const { parked } of items) await giveBack(redrive, parked);
  const [only] = items;
  if (items.length === 1) {
    finish(only!.parked, "failed", error.message);
    return [];
  }
  const half = Math.ceil(items.length / 2);
  const again = await bringBack(redrive, items.slice(0, half), finish);
  return [...again, ...items.slice(half).map(({ parked }) => parked)];
}

/** Marks what is back, after its effect is done and remembered. */
async function settle(
  redrive: Redrive,
  items: readonly Loaded[],
  results: readonly RedriveResult[],
  finish: Finish,
): Promise<readonly Keyed[]> {
  const byId = new Map(results.map((result) => [result.id, result]));
  const waiting: Keyed[] = [];
  for (const { parked } of items) {
    const { outcome, error } = byId.get(parked.item.id) ?? {};
    const known = outcomes.find((one) => one === outcome);
    if (known && isDone(known)) {
      const left = await mark(parked);
      finish(parked, known, left && `${left} The next redrive finds that it is back.`);
      continue;
    }
    await giveBack(redrive, parked);
    if (known === "waiting") waiting.push(parked);
    else finish(parked, known ?? "failed", error ? `${error.name}: ${error.message}` : undefined);
  }
  // Another turn only where something else has come to its end.
  if (waiting.length < items.length) return waiting;
  for (const parked of waiting) finish(parked, "waiting", "The function had no time for it.");
  return [];
}

/** Marks it as back. Resolves to why it is not marked, if it is not. */
async function mark({ hold }: Keyed): Promise<string | undefined> {
  try {
    return (await hold.finish()) ? undefined : "It was parked again in the meantime, and stays.";
  } catch (error) {
    return `It could not be marked: ${(error as Error).message}`;
  }
}

async function intoStream(
  redrive: Redrive,
  stream: StreamTarget,
  items: readonly Loaded[],
  finish: Finish,
): Promise<readonly Keyed[]> {
  for (const [place, { parked, data }] of items.entries()) {
    try {
      await stream.put({ ...parked.item, data });
    } catch (error) {
      const behind = items.slice(place + 1).map(({ parked }) => parked);
      for (const one of [parked, ...behind]) await giveBack(redrive, one);
      finish(parked, "failed", (error as Error).message);
      return behind;
    }
    const left = await mark(parked);
    const outcome: Outcome = left === undefined ? "redriven" : "unsaved";
    finish(parked, outcome, left && `${left} Another redrive puts it once more.`);
  }
  return [];
}
