/**
 * Parked records come back: what `redrive` asks of the function. They go the way of a delivery, under other names: the log says of
 * them that they are done, since they are parked; so it is asked for a name that the redrive itself appends. Their unique ids
 * hold as ever: a record with the id of an earlier one shares its fate. Where a `progress reset` has had the log forget
 * them, it is asked what became of them since, and what comes back gets its own name too, so that a later delivery does not
 * repeat it.
 */
import { hexName } from "../../park/entry-names.ts";
import { innerNameIn } from "../../park/parking.ts";
import type { RedriveEvent, RedrivenRecord } from "../../park/redrive-event.ts";
import {
  nameOf,
  packNames,
  redrivenName,
  unpackNames,
  writeName,
} from "../../progress/fingerprint.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Batch } from "../../record/unpack.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import { type BatchRun, freshPlaces, type Naming } from "../batch-run.ts";
import { newEnvironment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import type { Plan } from "../plan.ts";
import { processFresh } from "../process.ts";
import { remember } from "../progress/remember.ts";
import { nameByPosition, skipIfDone } from "../progress/screen.ts";
import { letGo, read } from "../read.ts";
import { startRun, untilHardMargin } from "../start-run.ts";
import { answerOf, countOutcomes, type Redriven, type RedriveResponse } from "./redrive-answer.ts";
import { redrivenBatch } from "./redriven-batch.ts";
import { asRows, rowsNaming, rowsPlan } from "./redriven-rows.ts";
import { type AskedRecord, saidSince, watchResets } from "./since-reset.ts";

export type { RedriveResponse } from "./redrive-answer.ts";

/** How long the log remembers what was redriven, in seconds: longer than an item is kept that might be redriven once more. */
const keepInSeconds = 400 * 86_400;

/** Rejects, with nothing done, when the records may be somebody else's before this invocation is over. */
export async function redrive<T>(plan: Plan<T>, invocation: Invocation): Promise<RedriveResponse> {
  const { context, deadline, event, logger, runtime } = invocation;
  const request = (event as Required<RedriveEvent>).shardmillRedrive;
  const { batch, records, refused } = await redrivenBatch(event, request, plan.consumer);
  const endsAt = Number.isFinite(deadline.timeoutAt) ? deadline.timeoutAt : runtime.clock.now();
  if (endsAt > request.deadline) {
    throw new Error(
      `This redrive has come too late: its records are its own until ${new Date(request.deadline).toISOString()}, and this invocation may last until ${new Date(endsAt).toISOString()}.`,
    );
  }
  if (!batch) return answerOf(event, refused, undefined);
  const ofRows = rowsPlan(plan, records);
  const own = ofRows ?? plan;
  const { progress, resetOf } = watchResets(plan.progress!);
  // A log of its own: what is loaded for records of long ago does not burden the batches to come.
  const recalled = await remember(
    // Whose keys are parked does not matter here: what is brought back is what they wait for.
    {
      ...own,
      afterPark: "continue",
      progress,
      keepInSeconds: Math.max(plan.keepInSeconds, keepInSeconds),
    },
    newEnvironment(),
    batch,
    context,
    runtime,
    deadline,
  );
  const naming = (log: ShardLog, batch: Batch, own: Uint32Array) =>
    ofRows ? rowsNaming(log, batch, records) : redrivenNaming(log, batch, records, own);
  const started = startRun(own, batch, runtime, logger, deadline, recalled, naming);
  const run = ofRows ? asRows(started, records) : started;
  const redriven: Redriven<T> = { run, doneBefore: new Set() };
  const bringBack = async () => {
    if (ofRows) skipDone(run, records);
    else {
      await screenRedriven(run, records);
      await askLog(redriven, records, resetOf(recalled!.log.name));
    }
    await processFresh(run);
  };
  await untilHardMargin(run, bringBack(), invocation);
  await run.save();
  const response = answerOf(event, refused, redriven);
  logger.info("Parked records were brought back.", {
    consumer: plan.consumer,
    ...countOutcomes(response.redriven),
  });
  return response;
}

/**
 * The log names a parked record already. What the redrive appends is a name of its own, and the record's own, `own`, where the log
 * has forgotten that.
 */
function redrivenNaming(
  log: ShardLog,
  { records: positions }: Batch,
  records: readonly RedrivenRecord[],
  own: Uint32Array,
): Naming {
  const names = new Uint32Array(own.length);
  for (const [place, { id }] of records.entries()) writeName(names, place, redrivenName(id));
  const secondOf = (place: number) => arrivalSecond(positions[place]!);
  const find = (names: Uint32Array, place: number) =>
    log.evidence({
      ...{ names, place, position: positions[place]!, second: secondOf(place) },
      windowInSeconds: 0,
    });
  return {
    ask(question) {
      if (find(names, question.place) === "redelivered") return "redelivered";
      return log.evidence({ ...question, isParked: true });
    },
    pack(places) {
      // An equal one of the same second has that name, too: nothing tells the two apart, nor needs to.
      const forgotten = places.filter((place) => find(own, place) === "none");
      return {
        names: Buffer.concat([packNames(names, places), packNames(own, forgotten)]),
        seconds: [...places, ...forgotten].map(secondOf),
      };
    },
    perRecord: 2,
    failures: records.map(({ attempts }) => ({ attempts, saidBy: Number.POSITIVE_INFINITY })),
    isBack: true,
  };
}

/** Skips what an earlier redrive did. */
function skipDone<T>(run: BatchRun<T>, records: readonly RedrivenRecord[]): void {
  const placesById = new Map<string, number>();
  for (const [place, { id }] of records.entries()) {
    if (skipIfDone(run, place)) continue;
    // A queue may have a record twice.
    const before = placesById.get(id);
    if (before === undefined) placesById.set(id, place);
    else run.outcomes.twinOf(place, before);
  }
}

/** Skips what an earlier redrive did, and what shares the fate of an earlier record. All are read first: the log is asked once. */
async function screenRedriven<T>(
  run: BatchRun<T>,
  records: readonly RedrivenRecord[],
): Promise<void> {
  const { plan } = run;
  const { ids, names } = run.reads;
  for (const place of records.keys()) nameByPosition(run, place);
  skipDone(run, records);
  for (const place of freshPlaces(run)) {
    if (plan.uniqueId) await read(run, place);
    letGo(run, place);
    const inner = ids[place] ? undefined : innerNameIn(records[place]!.id);
    if (inner) names.set(unpackNames(Buffer.from(inner, "hex")), 4 * place);
  }
}

/**
 * Skips what was done by a delivery: since the log was reset, which has had it forget that the record is parked; since the
 * consumer has another epoch, and so another log; or under another name than that of the parked one, of which nobody
 * had read the id, there or when it was parked once more.
 */
async function askLog<T>(
  { run, doneBefore }: Redriven<T>,
  records: readonly RedrivenRecord[],
  reset: number,
): Promise<void> {
  const { batch, outcomes } = run;
  const { ids, names } = run.reads;
  const { access, log } = run.memory!;
  const { windowInSeconds } = access;
  const places = new Map<AskedRecord, number>();
  const byPosition = new Uint32Array(names.length);
  for (const place of freshPlaces(run)) {
    const { id, name } = records[place]!;
    const position = batch.records[place]!;
    const second = arrivalSecond(position);
    const question = { names, place, position, second, windowInSeconds };
    const isOfThisLog = id.startsWith(`${log.name}#`);
    const isAlike = name === undefined || name === hexName(names, place);
    writeName(byPosition, place, nameOf(position, undefined, undefined));
    const wasUnread = ids[place] && log.evidence({ ...question, names: byPosition }) !== "none";
    if (reset === 0 && isOfThisLog && isAlike && !wasUnread) continue;
    if (log.evidence(question) === "none") continue;
    places.set({ name: hexName(names, place), position, second }, place);
  }
  const asked = [...places.keys()];
  const said = await saidSince(reset, log.name, access.store, asked, windowInSeconds);
  for (const [one, what] of said) {
    const place = places.get(one)!;
    if (what === "parked") continue;
    outcomes.known(place, "duplicate");
    if (what === "done") doneBefore.add(place);
  }
}
