/**
 * Parked records come back: what `redrive` asks of the function. The log says of them that they are done,
 * since they are parked; so it is asked for another name, which the redrive itself appends. Their unique ids
 * hold as ever: a record with the id of an earlier one shares its fate.
 */
import type { BatchRun, Memory } from "../consumer/batch-run.ts";
import { isDone, Outcome, Reading } from "../consumer/batch-run.ts";
import { type Invocation, type Settled, startRun, untilHardMargin } from "../consumer/consume.ts";
import { newEnvironment } from "../consumer/environment.ts";
import type { BatchResponse } from "../consumer/options.ts";
import type { Plan } from "../consumer/plan.ts";
import { processFresh } from "../consumer/process.ts";
import { decode } from "../consumer/read.ts";
import { positionOf } from "../consumer/save.ts";
import { describeError } from "../observe/log.ts";
import { appendNext, type Slice } from "../progress/append.ts";
import { packArrivals } from "../progress/entry.ts";
import { nameOf, packNames, wordsPerName, writeName } from "../progress/fingerprint.ts";
import { checkKinesisEvent } from "../record/kinesis-event.ts";
import { comparePositions } from "../record/position.ts";
import { type Batch, unpack } from "../record/unpack.ts";
import { arrivalSecond } from "../record/user-record.ts";
import type {
  RedriveEvent,
  RedriveOutcome,
  RedriveRequest,
  RedriveResult,
} from "./redrive-event.ts";

export type RedriveResponse = BatchResponse & { readonly redriven: readonly RedriveResult[] };

/** Rejects, with nothing done, when the records may be somebody else's before this invocation is over. */
export async function redrive<T>(
  plan: Plan<T>,
  { context, deadline, event, logger, runtime }: Invocation,
): Promise<Settled<RedriveResponse>> {
  const request = (event as Required<RedriveEvent>).shardmillRedrive;
  const batch = await batchOf(event, request);
  const foreign = request.records.find(({ id }) => ownerOf(id) !== ownerOf(plan.consumer));
  if (foreign) {
    throw new Error(
      `${foreign.id} was parked by the consumer ${ownerOf(foreign.id)}, and this function is ${ownerOf(plan.consumer)}. Nothing was done: redrive it through its own function.`,
    );
  }
  const endsAt = context?.getRemainingTimeInMillis ? deadline.timeoutAt : runtime.clock.now();
  if (endsAt > request.deadline) {
    throw new Error(
      `This redrive has come too late: its records are its own until ${new Date(request.deadline).toISOString()}, and this invocation may last until ${new Date(endsAt).toISOString()}.`,
    );
  }
  // A log of its own: what is loaded for records of long ago does not burden the batches to come.
  const remembered = await plan.progress!.rules.remember(
    plan,
    newEnvironment(),
    batch,
    context,
    runtime,
    deadline,
  );
  const memory = remembered && asParked(remembered, request);
  const started = startRun(plan, batch, runtime, logger, deadline, memory);
  const run: BatchRun<T> = { ...started, parking: undefined };
  const repeated = new Set<number>();
  const work = screenRedriven(run, request, repeated).then(() => processFresh(run));
  const isHung = await untilHardMargin(run, work);
  if (memory) await saveRedriven(run, memory);
  const response = answer(run, request, repeated);
  logger.info("Parked records were brought back.", {
    consumer: plan.consumer,
    ...countOutcomes(response.redriven),
  });
  const hangs = `An effect of ${plan.consumer} went on after its signal, up to the timeout. What was done is saved.`;
  return { response, hangs: isHung ? hangs : undefined };
}

/** A log's name, and so a parked record's id, begins with the consumer, and its epoch, which may be another one by now. */
const ownerOf = (name: string): string => name.split(/[@#]/)[0]!;

/** The event's records as they were parked: one that looks like an aggregate is none. */
async function batchOf(event: unknown, { records }: RedriveRequest): Promise<Batch> {
  const checked = checkKinesisEvent(event);
  if (checked.Records.length !== records?.length) {
    throw new TypeError("shardmillRedrive must speak of each record of its event.");
  }
  // As from a fan-out consumer, where nothing is taken apart.
  const arn = `${checked.Records[0]?.eventSourceARN}/consumer/redrive`;
  const taken = await unpack({
    Records: checked.Records.map((record) => ({ ...record, eventSourceARN: arn })),
  });
  return {
    ...taken,
    fanOut: false,
    records: taken.records.map((record, place) => {
      const { subSequenceNumber, explicitHashKey } = records[place]!;
      // The first of an aggregate looks like a plain one: only its place tells.
      return { ...record, subSequenceNumber, explicitHashKey, aggregated: subSequenceNumber > 0 };
    }),
  };
}

/** A parked record that fails again is not open: it is parked. So nothing but what was done is saved. */
function asParked(memory: Memory, { records }: RedriveRequest): Memory {
  const save: typeof memory.rules.save = (run, memory) => saveRedriven(run, memory);
  const redriven = records.map(({ attempts }) => ({ attempts, saidBy: Number.POSITIVE_INFINITY }));
  return { ...memory, redriven, rules: { ...memory.rules, save } };
}

/** Skips what an earlier redrive did, which is `repeated`, and what shares the fate of an earlier record. */
async function screenRedriven<T>(
  run: BatchRun<T>,
  request: RedriveRequest,
  repeated: Set<number>,
): Promise<void> {
  const { batch, ids, memory, names, outcomes, plan } = run;
  const windowInSeconds = plan.dedupeWindowInSeconds;
  const firsts = new Map<string, number>();
  const own = new Uint32Array(wordsPerName);
  for (let place = 0; place < outcomes.length; place++) {
    const position = batch.records[place]!;
    const second = arrivalSecond(position);
    writeName(names, place, `redriven ${request.records[place]!.id}`);
    const question = { names, place, position, second, windowInSeconds: 0 };
    if (memory?.log.evidence(question) === "redelivered") {
      outcomes[place] = Outcome.redelivered;
      repeated.add(place);
      continue;
    }
    if (!plan.uniqueId) continue;
    await decode(run, place);
    run.reading[place] = Reading.done;
    if (outcomes[place] !== Outcome.fresh) continue;
    const id = readId(run, place);
    if (!id) continue;
    ids[place] = id;
    writeName(own, 0, nameOf(position, id, undefined));
    const asked = { names: own, place: 0, position, second, windowInSeconds, isParked: true };
    if (memory && memory.log.evidence(asked) !== "none") {
      outcomes[place] = Outcome.duplicate;
      continue;
    }
    const first = firsts.get(id);
    const apart =
      first === undefined
        ? Number.POSITIVE_INFINITY
        : second - arrivalSecond(batch.records[first]!);
    if (apart <= windowInSeconds) {
      outcomes[place] = Outcome.twin;
      run.twins.set(place, first!);
    } else firsts.set(id, place);
  }
}

function readId<T>({ batch, errors, plan, values }: BatchRun<T>, place: number) {
  if (errors.has(place)) return undefined;
  try {
    return plan.uniqueId!(values[place]!, batch.records[place]!) || undefined;
  } catch (error) {
    errors.set(place, error);
    return undefined;
  }
}

/** Appends the names of what was done since the last time, one append after another. */
function saveRedriven<T>(run: BatchRun<T>, memory: Memory): ReturnType<Memory["rules"]["save"]> {
  const saved = memory.saving.then(() => saveNow(run, memory));
  memory.saving = saved;
  return saved;
}

async function saveNow<T>(run: BatchRun<T>, memory: Memory) {
  let places: number[] = [];
  const commit = await appendNext(
    memory.log,
    () => {
      places = placesToSave(run, memory);
      return places.length === 0 ? undefined : sliceOf(run, places);
    },
    memory.ledger,
  );
  memory.savedAt = run.runtime.clock.now();
  memory.unsaved = 0;
  if (commit.saved) for (const place of places) memory.saved[place] = 1;
  else {
    run.counts.unsaved++;
    run.logger.error("A redrive was not saved; another would repeat these records.", {
      consumer: run.plan.consumer,
      log: memory.log.name,
      error: describeError(commit.error),
    });
  }
  return commit;
}

const placesToSave = <T>({ outcomes }: BatchRun<T>, { saved }: Memory): number[] =>
  [...outcomes.keys()].filter(
    (place) =>
      !saved[place] &&
      (outcomes[place] === Outcome.processed || outcomes[place] === Outcome.dropped),
  );

function sliceOf<T>({ batch, names }: BatchRun<T>, places: readonly number[]): Slice {
  const records = places.map((place) => batch.records[place]!);
  const sorted = [...records].sort(comparePositions);
  return {
    kind: "done",
    first: positionOf(sorted[0]!),
    last: positionOf(sorted[sorted.length - 1]!),
    names: packNames(names, places),
    arrivals: packArrivals(records.map(arrivalSecond)),
  };
}

function answer<T>(
  run: BatchRun<T>,
  { records }: RedriveRequest,
  repeated: ReadonlySet<number>,
): RedriveResponse {
  const { batch, errors, memory, outcomes } = run;
  const redriven = records.map(({ id }, place): RedriveResult => {
    const outcome = outcomeOf(outcomes[place]!, repeated.has(place), memory?.saved[place] === 1);
    if (outcome !== "failed") return { id, outcome };
    const error = errors.get(place) ?? new Error("It went on until the end of its invocation.");
    return { id, outcome, error: describeError(error) };
  });
  const open = [...outcomes.keys()]
    .filter((place) => !isDone(outcomes[place]!))
    .map((place) => batch.records[place]!)
    .sort(comparePositions)[0];
  const batchItemFailures = open ? [{ itemIdentifier: open.sequenceNumber }] : [];
  return { batchItemFailures, redriven };
}

function outcomeOf(outcome: number, isRepeated: boolean, isSaved: boolean): RedriveOutcome {
  if (isRepeated || outcome === Outcome.redelivered) return "repeated";
  if (outcome === Outcome.duplicate) return "duplicate";
  if (outcome === Outcome.processed || outcome === Outcome.dropped) {
    return isSaved ? "redriven" : "unsaved";
  }
  return outcome === Outcome.failed ? "failed" : "waiting";
}

function countOutcomes(results: readonly RedriveResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
