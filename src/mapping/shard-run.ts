/** A mapping at work on one shard: it reads ahead, keeps its lanes going and moves the checkpoint. */
import { lowWaterMark } from "./checkpoint.ts";
import type { DeliveryContext } from "./delivery.ts";
import { formNext } from "./forming.ts";
import { originOf } from "./identity.ts";
import { createIntake, type RecordFilter } from "./intake.ts";
import { addRecord, isEmpty, type Lane, laneOf, newLane, notAfter } from "./lane.ts";
import type { BatchSettings } from "./settings.ts";
import type { ShardPlace, ShardReader } from "./shard.ts";
import type { MappingTiming } from "./timing.ts";
import { createTrial } from "./trial.ts";
import { windowKeeper } from "./window-keeper.ts";

export interface ShardRunOptions {
  readonly context: DeliveryContext;
  readonly reader: ShardReader;
  /** How long the stream keeps its records, in milliseconds; 0 once it is gone. */
  readonly retention: () => number;
  readonly position: ShardPlace;
  readonly settings: Required<BatchSettings>;
  readonly filter: RecordFilter | undefined;
  readonly timing: MappingTiming;
  /** Called after anything has changed; `done` of the position tells that the shard is finished. */
  readonly onProgress: () => void;
  /** A fault of the mapping itself. */
  readonly onFault: (fault: unknown) => void;
}

export interface ShardRun {
  /** Nothing is in flight, nothing waits, and the shard is read to its tip. */
  readonly quiet: boolean;
  /** Goes on with whatever can go on now. */
  advance(): void;
  /** The shard has changed. */
  wake(): void;
  /** Starts nothing more, and resolves when what is in flight has ended. */
  stop(): Promise<void>;
}

/** So much is read ahead of the deliveries of one shard; a lane that is stuck cannot fill the memory. */
const mostWaiting = 50_000;
const mostWaitingBytes = 32 * 1024 * 1024;

export function createShardRun({
  context,
  reader: poller,
  retention,
  position,
  settings,
  filter,
  timing,
  onProgress,
  onFault,
}: ShardRunOptions): ShardRun {
  const { clock, identity } = context;
  const { shard } = position;
  const origin = originOf(identity, shard.shardId);
  const lanes = Array.from({ length: settings.parallelizationFactor }, newLane);
  const { tumblingWindowInSeconds: windowSeconds } = settings;
  const window = windowKeeper(position, windowSeconds, timing.idleWindowClose, origin);
  const tryBatch = createTrial({ context, retention, origin, settings, timing, window });
  const take = createIntake({
    shard,
    origin,
    splitAggregates: identity.consumerArn !== undefined,
    filter,
    metrics: context.metrics,
    after: position.checkpoint,
  });
  const inFlight = new Set<Promise<void>>();
  let stopped = false;
  let timer: { readonly at: number; readonly cancel: () => void } | undefined;

  /** The next moment at which something is to be done, collected while advancing. */
  let wakeAt = Number.POSITIVE_INFINITY;

  function advance(): void {
    if (stopped || position.done) return;
    try {
      wakeAt = Number.POSITIVE_INFINITY;
      while (poller.due !== undefined && wantsMore()) {
        if (poller.due > clock.now()) {
          sooner(poller.due);
          break;
        }
        read();
      }
      for (const lane of lanes) pump(lane);
      moveCheckpoint();
      position.done = poller.ended && lanes.every(isEmpty) && !window.isOpen;
      setTimer();
    } catch (fault) {
      onFault(fault);
    }
    onProgress();
  }

  function read(): void {
    const now = clock.now();
    take(poller.poll(), (record) => {
      addRecord(lanes[laneOf(record.partitionKey, lanes.length)]!, record, now);
    });
  }

  function wantsMore(): boolean {
    let waiting = 0;
    let bytes = 0;
    let hungry = false;
    for (const lane of lanes) {
      waiting += lane.waiting.length;
      bytes += lane.waiting.bytes;
      hungry ||= lane.waiting.length < settings.batchSize;
    }
    return hungry && waiting < mostWaiting && bytes < mostWaitingBytes;
  }

  function setTimer(): void {
    if (timer?.at === wakeAt) return;
    timer?.cancel();
    timer = undefined;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    const cancel = clock.after(wakeAt - clock.now(), () => {
      timer = undefined;
      advance();
    });
    timer = { at: wakeAt, cancel };
  }

  const sooner = (time = Number.POSITIVE_INFINITY) => {
    wakeAt = Math.min(wakeAt, time);
  };

  function pump(lane: Lane): void {
    if (lane.busy) return;
    notAfter(lane, clock.now());
    if (lane.batches.length === 0) {
      sooner(formNext(lane, settings, window, { ended: poller.ended, now: clock.now() }));
    }
    if (lane.batches.length === 0) return;
    if (lane.notBefore > clock.now()) {
      sooner(lane.notBefore);
      return;
    }
    lane.busy = true;
    const run = tryBatch(lane).then(
      () => {
        lane.busy = false;
        inFlight.delete(run);
        if (stopped) moveCheckpoint();
        else advance();
      },
      (fault) => {
        inFlight.delete(run);
        onFault(fault);
      },
    );
    inFlight.add(run);
  }

  function moveCheckpoint(): void {
    position.checkpoint = lowWaterMark(lanes, poller.lastRead);
  }

  return {
    get quiet() {
      if (position.done) return true;
      return poller.atTip && !poller.ended && lanes.every(isEmpty) && !window.isOpen;
    },
    advance,
    wake() {
      if (stopped) return;
      poller.wake();
      // By a timer, even if it is time already: whoever puts a record does not run the function.
      sooner(poller.due);
      setTimer();
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await Promise.all(inFlight);
    },
  };
}
