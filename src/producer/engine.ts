/**
 * Sends what waits. A record stands in the lane of its shard; a lane whose time has come gives a batch to a request; what the request
 * did not bring in goes back to where it stood. When the shards change, all that waits is laid into new lanes, which wait for the
 * batches that are still under way with their keys. So a key is never in two requests at once, and goes in the order of `put`.
 */
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import {
  type Batch,
  isThrottle,
  note,
  outcomeOf,
  type Refusal,
  refusal,
  requestRefusal,
  type Taken,
} from "./answers.ts";
import type { Attempt } from "./attempt.ts";
import { type Entry, packedEntries, plainEntries } from "./entries.ts";
import type { ProducerEvent } from "./events.ts";
import type { Reason } from "./failure.ts";
import { append, drain, firstIn, type Lane, putInOrder, takeFrom, waitingIn } from "./lane.ts";
import { laneSet } from "./lanes.ts";
import type { PutResult } from "./options.ts";
import type { Pending } from "./pending.ts";
import type { Settings } from "./settings.ts";
import { watchShards } from "./shards.ts";
import type { EntryAnswer, Stream } from "./stream.ts";
import { turns } from "./turns.ts";
import { never, type WakeUp } from "./wake-up.ts";

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

/** When a request went out, and how long it took. */
type Timing = Pick<Attempt, "startedAt" | "durationMs">;

/** Who is nearly due goes with who is due. */
const slackShare = 0.2;
const firstPauseMs = 100;
const longestPauseMs = 5000;

export function startEngine(options: EngineOptions): Engine {
  const { settings, stream, clock, random, wakeUp, tell, onPut, onGivenUp } = options;
  const { collection, isOrdered, maxBufferedMs, maxRequests, ttlMs } = settings;
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
    settings,
    onMap: (map) => lanes.lay(map, underWay),
    onListed(count, error) {
      tell({ type: "shards", shards: count, error });
      schedule();
    },
  });

  const { aggregatesIn, dueAt, opensAt, packing } = turns(settings, shards, () => hurriedUpTo);

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(pump);
  }

  function pump(): void {
    isScheduled = false;
    const moment = now();
    expire(moment);
    if (lanes.all.some(firstIn)) shards.look();
    if (shards.mode !== "wait") sendDue(moment);
    const next = nextMoment();
    if (next < never || underWay.size > 0) wakeUp.at(next, pump);
  }

  function expire(moment: number): void {
    const expired = lanes.all.flatMap((lane) =>
      takeFrom(lane, (next) => (next.putAt + ttlMs <= moment ? "take" : "stop")),
    );
    for (const one of expired) giveUp(one, "expired");
  }

  function nextMoment(): number {
    let next = never;
    for (const lane of lanes.all) {
      const first = firstIn(lane);
      if (!first) continue;
      next = Math.min(next, first.putAt + ttlMs, shards.wakeAt);
      if (requests >= maxRequests || shards.mode === "wait") continue;
      next = Math.min(next, Math.max(dueAt(lane), opensAt(lane)));
    }
    return next;
  }

  function sendDue(moment: number): void {
    const open = lanes.all.filter((lane) => opensAt(lane) <= moment);
    if (!open.some((lane) => dueAt(lane) <= moment)) return;
    const soon = moment + maxBufferedMs * slackShare;
    const due = open.filter((lane) => dueAt(lane) <= soon);
    due.sort((a, b) => firstIn(a)!.ordinal - firstIn(b)!.ordinal);
    let request: Batch[] = [];
    let left = collection;
    const send = () => {
      if (request.length > 0) void sendRequest(request);
      request = [];
      left = collection;
    };
    for (const lane of due) {
      while (opensAt(lane) <= moment && dueAt(lane) <= soon) {
        const { bytes, isSuspect } = firstIn(lane)!;
        const packs = packing(lane);
        const most = packs ? aggregatesIn(lane, packs.maxSize) : 1;
        const size = Math.max(bytes, packs ? most * (packs.maxSize + 1) : 0);
        if (isSuspect || most > left.maxCount || size > left.maxSize) send();
        if (requests >= maxRequests) return;
        // What a shard refuses has cost its time all the same: no more than a second's.
        const room = { ...left, maxSize: Math.min(left.maxSize, lane.rate.bytesPerSecond) };
        const entries = packs
          ? packedEntries(lane, packs, most, room.maxSize)
          : plainEntries(lane, room, isOrdered);
        request.push(batchOf(lane, entries));
        const sent = entries.reduce((sum, entry) => sum + entry.bytes, 0);
        left = { maxCount: left.maxCount - entries.length, maxSize: left.maxSize - sent };
        lane.rate.spend(entries.length, sent, moment);
        if (isSuspect) send();
      }
    }
    send();
  }

  function batchOf(lane: Lane, entries: readonly Entry[]): Batch {
    const batch = { lane, entries, lanes: [lane] };
    lane.underWay++;
    underWay.add(batch);
    return batch;
  }

  async function sendRequest(batches: readonly Batch[]): Promise<void> {
    requests++;
    const entries = batches.flatMap((batch) => batch.entries);
    const isOfOne = entries.length === 1 && entries[0]!.pending.length === 1;
    const startedAt = clock.now();
    const begun = now();
    let answers: readonly EntryAnswer[] = [];
    let failure: Refusal | undefined;
    try {
      answers = await stream.put(entries);
    } catch (error) {
      failure = requestRefusal(error, isOfOne, shards);
    }
    requests--;
    const timing = { startedAt, durationMs: now() - begun };
    tell({ type: "request", entries: entries.length, durationMs: timing.durationMs });
    let place = 0;
    for (const batch of batches) {
      const outcomes = batch.entries.map(
        (entry) => failure ?? outcomeOf(answers[place++], entry, batch.lane, shards),
      );
      void settle(batch, outcomes, timing);
    }
    schedule();
  }

  /** Never rejects. The batch is under way until all of its records are where they belong. */
  async function settle(
    batch: Batch,
    outcomes: readonly (Taken | Refusal)[],
    timing: Timing,
  ): Promise<void> {
    const again: Pending[] = [];
    const givenUp: [Pending, Reason][] = [];
    let refused = 0;

    function refuse(pending: readonly Pending[], { cause, isLost, next, ...said }: Refusal): void {
      const { shardId, rate } = batch.lane;
      const isFull = said.errorCode.includes("Throughput");
      tell({ type: "refused", shardId, userRecords: pending.length, cause, ...said });
      refused++;
      if (isThrottle(said.errorCode)) rate.refused(now());
      for (const one of pending) {
        one.lastError = cause;
        one.mayHaveBeenPut ||= isLost;
        one.isSuspect ||= next === "alone";
        if (next === "never") givenUp.push([one, "rejected"]);
        else if (settings.failIfThrottled && isFull) givenUp.push([one, "throttled"]);
        else again.push(one);
      }
    }

    const strange = outcomes.filter((one): one is Taken => one.isHome === false);
    if (shards.map && strange.length > 0) {
      const asked = shards.doubt(strange.map(({ shardId }) => shardId)).then(schedule);
      if (batch.entries.some(({ isPacked }) => isPacked)) await asked;
    }
    batch.entries.forEach((entry, place) => {
      const outcome = inPlace(outcomes[place]!, entry);
      const { errorCode, errorMessage } = outcome;
      note(entry.pending, { ...timing, errorCode, errorMessage });
      if (errorCode === undefined) put(entry, outcome);
      else refuse(entry.pending, outcome);
    });
    finish(batch, again, refused);
    for (const [pending, reason] of givenUp) giveUp(pending, reason);
  }

  /** An aggregate that is not where all readers find its records is refused: all of it goes once more. */
  function inPlace(outcome: Taken | Refusal, entry: Entry): Taken | Refusal {
    const { isHome, shardId } = outcome;
    if (shardId === undefined) return outcome;
    lanes.seen(shardId);
    // By itself it is where it belongs, and it is the map that is wrong.
    if (isHome || !entry.isPacked || shards.explains(shardId, 0, entry)) return outcome;
    const why = `Not all records of the aggregate belong into ${shardId}.`;
    return refusal("WrongShard", why, true);
  }

  function put({ pending, isPacked, bytes }: Entry, { shardId, sequenceNumber }: Taken): void {
    tell({ type: "put", shardId, sequenceNumber, userRecords: pending.length, bytes });
    pending.forEach((one, place) => {
      const subSequenceNumber = isPacked ? place : undefined;
      onPut(one, { shardId, sequenceNumber, subSequenceNumber, attempts: one.attempts });
    });
  }

  /** What comes back goes to where it stood, and the lanes that waited go on. */
  function finish(batch: Batch, again: Pending[], refused: number): void {
    underWay.delete(batch);
    // A shard that takes a part of each batch is full, and not gone: its pauses do not grow.
    const refusals = refused < batch.entries.length ? 0 : batch.lane.refusals;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** refusals) * (0.5 + random() / 2);
    for (const one of again) append(lanes.of(one.hashKey), one);
    for (const lane of batch.lanes) {
      lane.underWay--;
      if (again.length > 0) putInOrder(lane);
      lane.refusals = refused && refusals + 1;
      if (refused > 0 && again.length > 0) lane.pausedUntil = now() + pause;
    }
    if (isStopped) giveUpAll();
    schedule();
  }

  function giveUp(pending: Pending, reason: Reason): void {
    const { hashKey, partitionKey } = pending;
    // Before it is told: what is put by whoever hears of it does not wait behind it.
    const behind = settings.failsKey
      ? takeFrom(lanes.of(hashKey), (one) => (one.partitionKey === partitionKey ? "take" : "leave"))
      : [];
    onGivenUp(pending, reason);
    for (const next of behind) {
      next.lastError = pending.lastError;
      onGivenUp(next, "behind");
    }
  }

  function giveUpAll(): void {
    for (const lane of lanes.all) for (const next of drain(lane)) onGivenUp(next, "closed");
  }

  return {
    add(pending) {
      if (isStopped) return onGivenUp(pending, "closed");
      const lane = lanes.of(pending.hashKey);
      append(lane, pending);
      // A lane that cannot send yet is looked at when it can.
      const isOpen = waitingIn(lane) < 2 || opensAt(lane) <= pending.putAt;
      if (!shards.map || (isOpen && dueAt(lane) <= pending.putAt)) schedule();
      else wakeUp.at(pending.putAt + Math.min(maxBufferedMs, ttlMs), pump);
    },
    hurry(ordinal) {
      hurriedUpTo = ordinal;
      schedule();
    },
    stop() {
      isStopped = true;
      giveUpAll();
    },
  };
}
