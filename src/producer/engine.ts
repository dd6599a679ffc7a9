/**
 * Sends what waits. A record stands in the lane of its shard; a lane whose time has come gives a batch to a request; what the request
 * did not bring in goes back to where it stood. When the shards change, all that waits is laid into new lanes, which wait for the
 * batches that are still under way with their keys. So a key is never in two requests at once, and goes in the order of `put`.
 */
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import { type Answer, type Batch, hashKeysOf, note, type Outcome, outcomeOf } from "./answers.ts";
import { type Entry, packedEntry, plainEntries } from "./entries.ts";
import type { ProducerEvent } from "./events.ts";
import {
  append,
  drain,
  firstIn,
  type Lane,
  type Pending,
  putBack,
  takeFrom,
  waitingIn,
} from "./lane.ts";
import { laneSet } from "./lanes.ts";
import type { PutResult } from "./options.ts";
import type { Settings } from "./settings.ts";
import { watchShards } from "./shards.ts";
import type { Stream } from "./stream.ts";
import type { WakeUp } from "./wake-up.ts";

/** Why a record is given up. */
export type Reason = "expired" | "throttled" | "rejected" | "closed" | "behind";

export interface EngineOptions {
  readonly settings: Settings;
  readonly stream: Stream;
  readonly clock: Clock;
  readonly random: Random;
  readonly wakeUp: WakeUp;
  readonly tell: (event: ProducerEvent) => void;
  readonly onPut: (pending: Pending, result: PutResult) => void;
  readonly onGivenUp: (pending: Pending, reason: Reason) => void;
}

export interface Engine {
  add(pending: Pending): void;
  /** Nothing up to this ordinal waits for others any longer. */
  hurry(ordinal: number): void;
  /** Sends nothing more: what waits is given up, and what comes back refused. */
  stop(): void;
}

/** Who is nearly due goes with who is due. */
const slackShare = 0.2;
const firstPauseMs = 100;
const longestPauseMs = 5000;

export function startEngine(options: EngineOptions): Engine {
  const { settings, stream, clock, random, wakeUp, tell } = options;
  const { aggregation, collection, isOrdered } = settings;
  const { now } = wakeUp;
  const lanes = laneSet(settings.rateLimitPercent);
  const underWay = new Set<Batch>();
  let requests = 0;
  let hurriedUpTo = -1;
  let isStopped = false;
  let isScheduled = false;

  const shards = watchShards({
    now,
    list: stream.openShards,
    isAggregating: aggregation !== undefined,
    onMap: (map) => lanes.lay(map, underWay),
    onListed(count, error) {
      tell({ type: "shards", shards: count, error });
      schedule();
    },
  });

  const isFree = (lane: Lane) => lane.underWay === 0 || !isOrdered;

  function isFull(lane: Lane): boolean {
    const count = waitingIn(lane);
    // Keys come on top: an aggregate is not sent before it is full.
    if (aggregation && shards.mode === "aggregate") {
      return count >= aggregation.maxCount || lane.bytes + 6 * count >= aggregation.maxSize;
    }
    return count >= collection.maxCount || lane.bytes >= collection.maxSize;
  }

  /** Whether its first record waits for no other. */
  const isDue = (lane: Lane, first: Pending, moment: number) =>
    first.sendBy <= moment ||
    first.ordinal <= hurriedUpTo ||
    first.attempts.length > 0 ||
    isFull(lane);

  /** When the lane may send, whatever it has to send. */
  const readyAt = (lane: Lane) => Math.max(lane.pausedUntil, lane.rate.readyAt);

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(pump);
  }

  function pump(): void {
    isScheduled = false;
    const moment = now();
    expire(moment);
    if (lanes.all.some((lane) => waitingIn(lane) > 0)) shards.look();
    if (shards.mode !== "wait") sendDue(moment);
    const next = nextMoment(moment);
    if (next < Number.POSITIVE_INFINITY || underWay.size > 0) wakeUp.at(next, pump);
  }

  function expire(moment: number): void {
    for (const lane of lanes.all) {
      for (let first = firstIn(lane); first && first.expiresAt <= moment; first = firstIn(lane)) {
        const expired = first;
        takeFrom(lane, (next) => (next === expired ? "take" : "stop"));
        giveUp(expired, "expired");
      }
    }
  }

  function nextMoment(moment: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const lane of lanes.all) {
      const first = firstIn(lane);
      if (!first) continue;
      next = Math.min(next, first.expiresAt, shards.wakeAt);
      if (!isFree(lane) || requests >= settings.maxRequests || shards.mode === "wait") continue;
      const dueAt = isDue(lane, first, moment) ? moment : first.sendBy;
      next = Math.min(next, Math.max(dueAt, readyAt(lane)));
    }
    return next;
  }

  function sendDue(moment: number): void {
    const ready = lanes.all.filter(
      (lane) => waitingIn(lane) > 0 && isFree(lane) && readyAt(lane) <= moment,
    );
    if (!ready.some((lane) => isDue(lane, firstIn(lane)!, moment))) return;
    const soon = moment + settings.maxBufferedMs * slackShare;
    const due = ready
      .filter((lane) => isDue(lane, firstIn(lane)!, soon))
      .sort((a, b) => firstIn(a)!.ordinal - firstIn(b)!.ordinal);
    let request: Batch[] = [];
    let left = { entries: collection.maxCount, bytes: collection.maxSize };
    const send = () => {
      if (request.length > 0) void sendRequest(request);
      request = [];
      left = { entries: collection.maxCount, bytes: collection.maxSize };
    };
    const hasRoom = () => requests < settings.maxRequests;
    for (const lane of due) {
      do {
        const isSuspect = firstIn(lane)!.isSuspect;
        if (isSuspect || left.entries === 0) send();
        if (!hasRoom()) break;
        const batch = take(lane, left, moment);
        const bytes = batch.entries.reduce((sum, entry) => sum + entry.bytes, 0);
        if (bytes > left.bytes) send();
        request.push(batch);
        left = { entries: left.entries - batch.entries.length, bytes: left.bytes - bytes };
        if (isSuspect) send();
      } while (!isOrdered && isMore(lane, moment));
    }
    send();
  }

  const isMore = (lane: Lane, moment: number) => {
    const first = firstIn(lane);
    return first !== undefined && readyAt(lane) <= moment && isDue(lane, first, moment);
  };

  function take(lane: Lane, limits: { entries: number; bytes: number }, moment: number): Batch {
    const entries =
      aggregation && lane.shard && shards.mode === "aggregate"
        ? [packedEntry(lane, aggregation)]
        : plainEntries(lane, limits, isOrdered);
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    lane.rate.spend(entries.length, bytes, moment);
    lane.underWay++;
    const batch = { lane, entries, lanes: [lane] };
    underWay.add(batch);
    return batch;
  }

  async function sendRequest(batches: readonly Batch[]): Promise<void> {
    requests++;
    const entries = batches.flatMap((batch) => batch.entries);
    const startedAt = clock.now();
    const answer: Answer = await stream.put(entries).then(
      (answers) => ({ answers }),
      (error: unknown) => ({
        error,
        isOfOne: entries.length === 1 && entries[0]!.pending.length === 1,
      }),
    );
    requests--;
    const durationMs = clock.now() - startedAt;
    tell({ type: "request", entries: entries.length, durationMs });
    let place = 0;
    for (const batch of batches) {
      const outcomes = batch.entries.map((entry) =>
        outcomeOf(answer, place++, entry, batch.lane, shards),
      );
      void settle(batch, outcomes, { startedAt, durationMs });
    }
    schedule();
  }

  type Timing = { readonly startedAt: number; readonly durationMs: number };

  /** Never rejects. The batch is under way until all of its records are where they belong. */
  async function settle(batch: Batch, outcomes: readonly Outcome[], timing: Timing): Promise<void> {
    const again: Pending[] = [];
    const givenUp: [Pending, Reason][] = [];
    let refusedEntries = 0;
    const elsewhere: [Entry, Outcome & { kind: "elsewhere" }][] = [];
    for (const [place, outcome] of outcomes.entries()) {
      const entry = batch.entries[place]!;
      if (outcome.kind === "refused") {
        refusedEntries++;
        refuse(batch, entry, outcome, timing, again, givenUp);
        continue;
      }
      lanes.seen(outcome.shardId);
      if (outcome.kind === "elsewhere") elsewhere.push([entry, outcome]);
      // By itself it is where it belongs, and it is the map that is wrong.
      if (outcome.kind === "put" || !entry.isPacked) put(entry, outcome, timing);
    }
    if (shards.map && elsewhere.length > 0) {
      const asked = shards.doubt(elsewhere.map(([, { shardId }]) => shardId)).then(schedule);
      if (elsewhere.some(([entry]) => entry.isPacked)) await asked;
    }
    for (const [entry, outcome] of elsewhere) {
      if (!entry.isPacked) continue;
      if (isExplained([entry, outcome])) put(entry, outcome, timing);
      else putElsewhere(batch, entry, outcome, timing, again);
    }
    finish(batch, again, refusedEntries);
    for (const [pending, reason] of givenUp) giveUp(pending, reason);
  }

  const isExplained = ([entry, { shardId }]: [Entry, { readonly shardId: string }]) =>
    shards.explains(shardId, 0, hashKeysOf(entry));

  function put(
    { pending, isPacked, bytes }: Entry,
    { shardId, sequenceNumber }: { readonly shardId: string; readonly sequenceNumber: string },
    timing: Timing,
  ): void {
    note(pending, { ...timing, errorCode: undefined, errorMessage: undefined });
    tell({ type: "put", shardId, sequenceNumber, userRecords: pending.length, bytes });
    pending.forEach((one, place) => {
      const subSequenceNumber = isPacked ? place : undefined;
      const { attempts } = one;
      options.onPut(one, { shardId, sequenceNumber, subSequenceNumber, attempts });
    });
  }

  /** A reader may drop all of the aggregate, so all of it is put again. */
  function putElsewhere(
    { lane }: Batch,
    { pending }: Entry,
    { shardId }: { readonly shardId: string },
    timing: Timing,
    again: Pending[],
  ): void {
    const errorCode = "WrongShard";
    const errorMessage = `The aggregate is in ${shardId}, where not all of its records belong.`;
    note(pending, { ...timing, errorCode, errorMessage });
    const cause = Object.assign(new Error(errorMessage), { name: errorCode });
    refused(lane, pending, errorCode, errorMessage, cause);
    for (const one of pending) {
      one.mayHaveBeenPut = true;
      one.lastError = cause;
      again.push(one);
    }
  }

  function refuse(
    { lane }: Batch,
    { pending }: Entry,
    outcome: Outcome & { kind: "refused" },
    timing: Timing,
    again: Pending[],
    givenUp: [Pending, Reason][],
  ): void {
    const { code, message, cause, isThrottled, isLost, next } = outcome;
    note(pending, { ...timing, errorCode: code, errorMessage: message });
    refused(lane, pending, code, message, cause);
    if (isThrottled) lane.rate.refused(now());
    for (const one of pending) {
      one.lastError = cause;
      if (isLost) one.mayHaveBeenPut = true;
      if (next === "alone") one.isSuspect = true;
      if (next === "never") givenUp.push([one, "rejected"]);
      else if (isThrottled && settings.failIfThrottled) givenUp.push([one, "throttled"]);
      else again.push(one);
    }
  }

  function refused(
    { shard }: Lane,
    pending: readonly Pending[],
    errorCode: string,
    errorMessage: string,
    cause: unknown,
  ): void {
    const userRecords = pending.length;
    const shardId = shard?.shardId;
    tell({ type: "refused", shardId, userRecords, errorCode, errorMessage, cause });
  }

  /** What comes back goes to where it stood, and the lanes that waited go on. */
  function finish(batch: Batch, again: Pending[], refusedEntries: number): void {
    underWay.delete(batch);
    again.sort((a, b) => a.ordinal - b.ordinal);
    // A shard that takes a part of each batch is full, and not gone: its pauses do not grow.
    const refusals = refusedEntries < batch.entries.length ? 0 : batch.lane.refusals;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(10, refusals));
    for (const lane of batch.lanes) {
      lane.underWay--;
      putBack(
        lane,
        again.filter((one) => lanes.of(one.hashKey) === lane),
      );
      lane.refusals = refusedEntries && refusals + 1;
      if (refusedEntries > 0 && again.length > 0)
        lane.pausedUntil = now() + pause * (0.5 + random() / 2);
    }
    if (isStopped) giveUpAll();
    schedule();
  }

  function giveUp(pending: Pending, reason: Reason): void {
    options.onGivenUp(pending, reason);
    if (!settings.failsKey) return;
    const { partitionKey } = pending.record;
    const behind: Pending[] = [];
    takeFrom(lanes.of(pending.hashKey), (next) => {
      if (next.record.partitionKey !== partitionKey) return "leave";
      behind.push(next);
      return "take";
    });
    for (const next of behind) {
      next.lastError = pending.lastError;
      options.onGivenUp(next, "behind");
    }
  }

  function giveUpAll(): void {
    for (const lane of lanes.all) {
      for (const next of drain(lane)) options.onGivenUp(next, "closed");
    }
  }

  return {
    add(pending) {
      if (isStopped) return options.onGivenUp(pending, "closed");
      const lane = lanes.of(pending.hashKey);
      append(lane, pending);
      // A lane that cannot send yet is looked at when it can.
      const isBlocked = !isFree(lane) || (waitingIn(lane) > 1 && readyAt(lane) > now());
      if (!isBlocked && isDue(lane, firstIn(lane)!, pending.putAt)) schedule();
      else wakeUp.at(Math.min(pending.sendBy, pending.expiresAt), pump);
      if (!shards.map) shards.look();
    },
    hurry(ordinal) {
      hurriedUpTo = Math.max(hurriedUpTo, ordinal);
      schedule();
    },
    stop() {
      isStopped = true;
      giveUpAll();
    },
  };
}
