/**
 * Where shards are merged: a machine behind a log that is of no shard, and that all of them append to. A shard gives what it has of a window that is over, and
 * whoever finds that all have come as far lets the rows come out, and runs them. So what is merged, what is complete and who runs it are facts of one log.
 */
import { appendNext } from "../../progress/append.ts";
import { type Entry, logName } from "../../progress/entry.ts";
import { clockSkewInSeconds } from "../../progress/log-access.ts";
import { numberBefore, shardCreatedAt } from "../../record/position.ts";
import type { UserRecord } from "../../record/user-record.ts";
import type { Invocation } from "../invocation.ts";
import type { GivenPart, Merging } from "../machine.ts";
import type { Plan } from "../plan.ts";
import { startRun, stepsOf } from "../start-run.ts";
import { reachOf, shardOfLog } from "./reach.ts";
import { restore, take, upToDate } from "./restore.ts";
import { type RanRows, runRows } from "./run-rows.ts";
import type { ShardState } from "./shard-state.ts";
import { OvertakenError, Teller } from "./teller.ts";
import { type Shard, shardsOf } from "./unread.ts";
import { isWholeDue } from "./whole-state.ts";

/** What the merging log stands for: a shard that nobody puts into, of a stream that was always there. */
const merged = { shardId: "shardId-merged", createdAt: 1 };

/** How often it is begun anew behind another environment's entry. */
const roundsAtMost = 8;
/** So long a stream's shards are taken for what they were. Those that come of them only reach further. */
const shardsForMs = 30_000;

const shardOf = ({ shardId, startingSequenceNumber, streamArn }: Shard) =>
  shardOfLog(logName("", streamArn, shardCreatedAt(startingSequenceNumber), shardId));

/** Longer than a schedule that flushes every minute lets a shard be behind. */
const longMs = 300_000;
const tooQuiet =
  "What is merged waits for a shard that is more than five minutes behind another: it has records that were not read, or none, and then only a flush says how late it is. Schedule shardmillFlush.";

const nothing: RanRows = { left: 0, isHung: false };

/**
 * Takes parts in, and runs what is complete then. `by`: who does it, so that it is not done twice at once; undefined: nobody, parts are only taken in. Rows
 * that another has claimed are none that are left.
 */
export async function merge<T>(
  plan: Plan<T>,
  streamArn: string,
  parts: readonly GivenPart[],
  by: string | undefined,
  invocation: Invocation,
): Promise<RanRows> {
  for (let round = 1; ; round++) {
    try {
      return await mergeOnce(plan, streamArn, parts, by, invocation);
    } catch (error) {
      const isAgain = error instanceof OvertakenError && round < roundsAtMost;
      if (!isAgain || !invocation.deadline.hasTime()) throw error;
    }
  }
}

async function mergeOnce<T>(
  given: Plan<T>,
  streamArn: string,
  parts: readonly GivenPart[],
  by: string | undefined,
  invocation: Invocation,
): Promise<RanRows> {
  const { context, deadline, environment, logger, runtime } = invocation;
  const merging = given.counted!.kind.merging!;
  const { kind } = merging;
  const now = runtime.clock.now();
  const record: UserRecord = {
    ...{ sequenceNumber: numberBefore(merged.createdAt), subSequenceNumber: 0, partitionKey: "" },
    ...{ data: new Uint8Array(0), aggregated: false, approximateArrivalTimestamp: now },
    ...{ shardId: merged.shardId, streamArn },
  };
  const streamName = streamArn.slice(streamArn.lastIndexOf("/") + 1);
  const batch = {
    ...{ streamArn, streamName, shardId: merged.shardId },
    ...{ fanOut: false, records: [record], received: 0 },
  };
  const own: Plan<any> = { ...given, uniqueId: undefined, counted: { ...given.counted!, kind } };
  const teller = new Teller<any>(own, record);
  const plan: Plan<any> = { ...own, progress: teller.progress };
  const { remember } = stepsOf(plan).progress!;
  const memory = (await remember(plan, environment, batch, context, runtime, deadline))!;
  const { access, log } = memory;
  const where = { consumer: plan.consumer, stream: streamArn };
  let isHung = false;
  try {
    const state = upToDate(log, teller) ?? (await restore(log.name, log.n, kind, access)).state;
    const { machine } = state;
    teller.begin(state, log, access);
    for (const { part, shard } of parts) {
      let written: Uint8Array | undefined;
      const commit = await appendNext(
        log,
        () => {
          hearNews(state, teller, log.name);
          written = merging.writePart(machine, shard, part);
          return written && { kind: "done", windows: { changes: written } };
        },
        access,
      );
      if (commit.error !== undefined) throw commit.error;
      if (commit.n === undefined) continue;
      merging.takeLate(machine);
      take(state, { n: commit.n, windows: { changes: written } } as Entry, kind);
      const late = merging.takeLate(machine);
      if (late > 0) logger.error(tooLate(late, shard), where);
    }
    hearNews(state, teller, log.name);
    if (by !== undefined) {
      await letComeOut(state, merging);
      teller.saysWhole = isWholeDue(state, now);
      if (machine.hasNews || teller.saysWhole) {
        const { error } = await appendNext(log, () => ({ kind: "done" }), access);
        if (error !== undefined) throw error;
      }
      plan.counted!.report(machine, 0, logger, where);
    }
    let rows = nothing;
    if (by !== undefined && machine.due.length > 0 && merging.claimOn(machine)?.by === by) {
      const run = startRun(plan, batch, runtime, logger, deadline, memory);
      const ran = await runRows(run, state, teller, invocation);
      isHung = ran.isHung;
      // Until the log says that they are done, the claim on them keeps all others from what is due.
      rows = { ...ran, left: ran.left + state.doneUnsaved.size };
    }
    const isOvertaken = teller.news.length > 0;
    teller.keep();
    // Who let more come out meanwhile has left it to the one who had the claim.
    if (isOvertaken && !isHung && rows.left === 0) throw teller.overtaken(log.name);
    return rows;
  } catch (error) {
    teller.lost(error);
    throw error;
  } finally {
    if (!isHung) memory.giveBack();
  }

  /** What all shards have come past is complete. Its rows are claimed, unless another has claimed what is due. */
  async function letComeOut(
    { machine }: ShardState,
    { claim, claimOn, reached }: Merging,
  ): Promise<void> {
    const reach = (shards: readonly Shard[]) =>
      reachOf(shards, (shard) => reached(machine, shardOf(shard)));
    let { last, time } = reach(await shardsWithin(shardsForMs));
    if (!machine.hasOpenBefore(time)) ({ last, time } = reach(await shardsWithin(0)));
    const ahead = Math.max(...parts.map(({ part }) => part.time));
    const since = last && Math.max(time, 1000 * shardCreatedAt(last.startingSequenceNumber));
    if (last && ahead - since! > longMs && !environment.warned.has(tooQuiet)) {
      environment.warned.add(tooQuiet);
      logger.warn(tooQuiet, {
        ...where,
        shardId: last.shardId,
        shards: parts.map((one) => one.shard),
      });
    }
    const held = claimOn(machine);
    const isHeld =
      machine.due.length > 0 &&
      held !== undefined &&
      held.by !== by &&
      now < held.until + clockSkewInSeconds * 1000;
    if (machine.hasOpenBefore(time)) machine.advance(time);
    if (machine.due.length > 0 && !isHeld)
      claim(machine, by!, Math.ceil(now + deadline.hardRemainingMs()));
  }

  async function shardsWithin(ageMs: number): Promise<readonly Shard[]> {
    const known = knownShards.get(environment);
    if (known?.streamArn === streamArn && Math.abs(now - known.at) < ageMs) return known.shards;
    const shards = await shardsOf(streamArn, runtime);
    knownShards.set(environment, { at: now, shards, streamArn });
    return shards;
  }
}

const knownShards = new WeakMap<
  Invocation["environment"],
  { readonly at: number; readonly shards: readonly Shard[]; readonly streamArn: string }
>();

const tooLate = (groups: number, shard: string) =>
  `${groups} ${groups === 1 ? "window" : "windows"} of ${shard} had come out without it, and what it had of them counts nowhere. That is so where its log was reset, or its records were passed over.`;

/** Parts of others stand beside ours in any order. Throws where the log was reset. */
function hearNews<T>(state: ShardState, teller: Teller<T>, log: string): void {
  for (const entry of teller.news.splice(0)) {
    if (entry.kind === "reset") throw teller.overtaken(log);
    if (entry.n > state.n) take(state, entry, teller.kind);
  }
}
