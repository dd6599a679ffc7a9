/**
 * Parked records come back: what `redrive` asks of the function. The log says of them that they are done,
 * since they are parked; so it is asked for another name, which the redrive itself appends. Their unique ids
 * hold as ever: a record with the id of an earlier one shares its fate. Where a `progress reset` has had the log forget
 * them, it is asked what became of them since, and what comes back gets its own name too, so that a later delivery does not
 * repeat it.
 */

import { hexName } from "../../park/entry-names.ts";
import { innerNameIn } from "../../park/parking.ts";
import type { RedriveEvent } from "../../park/redrive-event.ts";
import { nameOf, unpackNames, writeName } from "../../progress/fingerprint.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import type { BatchRun, Memory } from "../batch-run.ts";
import { Reading } from "../batch-run.ts";
import { newEnvironment } from "../environment.ts";
import type { Invocation, Settled } from "../invocation.ts";
import type { Plan } from "../plan.ts";
import { processFresh } from "../process.ts";
import { save } from "../progress/save.ts";
import { progressSteps } from "../progress/steps.ts";
import { uniqueIdOf } from "../progress/unique-id.ts";
import { decode, letGo } from "../read.ts";
import { startRun, untilHardMargin } from "../start-run.ts";
import { answerOf, countOutcomes, type RedriveResponse } from "./redrive-answer.ts";
import type { Redriven } from "./redriven.ts";
import { redrivenBatch } from "./redriven-batch.ts";
import { saveRedriven } from "./save-redriven.ts";
import { type AskedRecord, saidSince, watchResets } from "./since-reset.ts";

export type { RedriveResponse } from "./redrive-answer.ts";

/** How long the log remembers what was redriven, in seconds: longer than an item is kept that might be redriven once more. */
const keepInSeconds = 400 * 86_400;

/** Rejects, with nothing done, when the records may be somebody else's before this invocation is over. */
export async function redrive<T>(
  plan: Plan<T>,
  { context, deadline, event, logger, runtime }: Invocation,
): Promise<Settled<RedriveResponse>> {
  const request = (event as Required<RedriveEvent>).shardmillRedrive;
  const { batch, records, refused } = await redrivenBatch(event, request, plan.consumer);
  const endsAt = Number.isFinite(deadline.timeoutAt) ? deadline.timeoutAt : runtime.clock.now();
  if (endsAt > request.deadline) {
    throw new Error(
      `This redrive has come too late: its records are its own until ${new Date(request.deadline).toISOString()}, and this invocation may last until ${new Date(endsAt).toISOString()}.`,
    );
  }
  if (!batch) return { response: answerOf(event, refused, undefined) };
  const { progress, resetOf } = watchResets(plan.progress!);
  // A log of its own: what is loaded for records of long ago does not burden the batches to come.
  const remembered = await progressSteps.remember(
    // Whose keys are parked does not matter here: what is brought back is what they wait for.
    {
      ...plan,
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
  const own = new Uint32Array(4 * records.length);
  const memory: Memory = {
    ...remembered!,
    redriven: records.map(({ attempts }) => ({ attempts, saidBy: Number.POSITIVE_INFINITY })),
  };
  const started = startRun(plan, batch, runtime, logger, deadline, memory);
  const run: BatchRun<T> = {
    ...started,
    parking: undefined,
    // A parked record that fails again is not open: it is parked. So nothing but what was done is saved.
    save: (request = {}) =>
      request.transaction ? save(run, memory, request) : saveRedriven(redriven),
  };
  const redriven: Redriven<T> = { run, memory, records, own, known: new Map() };
  const bringBack = async () => {
    await screenRedriven(redriven);
    await askLog(redriven, resetOf(memory.log.name));
    await processFresh(run);
  };
  const isHung = await untilHardMargin(run, bringBack());
  await saveRedriven(redriven);
  const response = answerOf(event, refused, redriven);
  logger.info("Parked records were brought back.", {
    consumer: plan.consumer,
    ...countOutcomes(response.redriven),
  });
  const hangs = `An effect of ${plan.consumer} went on after its signal, up to the timeout. What was done is saved.`;
  return { response, hangs: isHung ? hangs : undefined };
}

/** Skips what an earlier redrive did, and what shares the fate of an earlier record. */
async function screenRedriven<T>(redriven: Redriven<T>): Promise<void> {
  const { run, memory, records, own, known } = redriven;
  const { batch, ids, names, outcomes, plan } = run;
  const windowInSeconds = plan.dedupeWindowInSeconds;
  const firsts = new Map<string, number>();
  const placesById = new Map<string, number>();
  for (let place = 0; place < outcomes.size; place++) {
    const position = batch.records[place]!;
    const second = arrivalSecond(position);
    writeName(names, place, `redriven ${records[place]!.id}`);
    const question = { names, place, position, second, windowInSeconds: 0 };
    if (memory.log.evidence(question) === "redelivered") {
      outcomes.known(place, "redelivered");
      known.set(place, "repeated");
      continue;
    }
    // A queue may have a record twice.
    const before = placesById.get(records[place]!.id);
    if (before !== undefined) {
      outcomes.twinOf(place, before);
      continue;
    }
    placesById.set(records[place]!.id, place);
    if (plan.uniqueId) await readId(run, place);
    writeOwnName(redriven, place);
    const id = ids[place];
    if (!id || !outcomes.isFresh(place)) continue;
    const asked = { names: own, place, position, second, windowInSeconds, isParked: true };
    if (memory.log.evidence(asked) !== "none") {
      outcomes.known(place, "duplicate");
      continue;
    }
    const first = firsts.get(id);
    const apart =
      first === undefined
        ? Number.POSITIVE_INFINITY
        : second - arrivalSecond(batch.records[first]!);
    if (Math.abs(apart) <= windowInSeconds) {
      outcomes.twinOf(place, first!);
    } else firsts.set(id, place);
  }
}

/** What a decoder or `uniqueId` throws waits until it is the record's turn to fail. */
async function readId<T>(run: BatchRun<T>, place: number): Promise<void> {
  const { batch, ids, outcomes, plan, reading, values } = run;
  await decode(run, place);
  reading[place] = Reading.done;
  if (outcomes.errors.has(place) || !outcomes.isFresh(place)) return;
  try {
    ids[place] = await uniqueIdOf(plan.uniqueId!, values[place]!, batch.records[place]!);
  } catch (error) {
    outcomes.threw(place, error);
  }
  letGo(run, place);
}

function writeOwnName<T>({ own, records, run }: Redriven<T>, place: number): void {
  const record = run.batch.records[place]!;
  const id = run.ids[place];
  const inner = id ? undefined : innerNameIn(records[place]!.id);
  if (inner) own.set(unpackNames(Buffer.from(inner, "hex")), 4 * place);
  else writeName(own, place, nameOf(record, id, undefined));
}

/**
 * Skips what was done by a delivery: since the log was reset, which has had it forget that the record is parked; since the
 * consumer has another epoch, and so another log; or under another name than that of the parked one, of which nobody
 * had read the id.
 */
async function askLog<T>(redriven: Redriven<T>, reset: number): Promise<void> {
  const { run, memory, own, known, records } = redriven;
  const { batch, ids, outcomes, plan } = run;
  const places = new Map<AskedRecord, number>();
  for (let place = 0; place < outcomes.size; place++) {
    const { id, name } = records[place]!;
    const isOfThisLog = id.startsWith(`${memory.log.name}#`);
    const isAlike = name === undefined || name === hexName(own, place);
    if (reset === 0 && isOfThisLog && isAlike) continue;
    const position = batch.records[place]!;
    const second = arrivalSecond(position);
    const windowInSeconds = ids[place] ? plan.dedupeWindowInSeconds : 0;
    const question = { names: own, place, position, second, windowInSeconds };
    if (!outcomes.isFresh(place) || memory.log.evidence(question) === "none") continue;
    places.set({ name: hexName(own, place), position, second }, place);
  }
  const { log, ledger } = memory;
  const asked = [...places.keys()];
  const said = await saidSince(reset, log.name, ledger.store, asked, plan.dedupeWindowInSeconds);
  for (const [one, what] of said) {
    const place = places.get(one)!;
    if (what === "parked") continue;
    outcomes.known(place, what === "done" ? "redelivered" : "duplicate");
    known.set(place, what === "done" ? "processed" : "duplicate");
  }
}
