/** What the page knows, made from the events one by one: pure, and within bounds whatever comes. */
import { decodeSequenceNumber } from "../../../src/record/sequence-number.ts";
import type {
  BatchTold,
  DeliveryTold,
  FaultTold,
  LogTold,
  ObjectTold,
  PutTold,
  ReadyTold,
  TransformTold,
  WindowsTold,
} from "../src/events/dev-event.ts";
import { oldestFirst } from "../src/events/oldest.ts";
import type { PageBatch, PageEvent, PageFates } from "../src/page/feed.ts";
import { applyLease, type LeaseTableView } from "./leases.ts";
import { applyCall, type FunctionCalls } from "./sinks.ts";

/** One delivery of a batch. */
export type Delivery = Pick<
  PageBatch,
  "at" | "attempt" | "batchSize" | "duration" | "iteratorAge" | "next" | "outcome"
> & { readonly error?: BatchTold["error"] };

/** A batch: what has one request id. */
export interface BatchView {
  readonly key: string;
  readonly functionName: string;
  readonly stream: string;
  readonly shardId: string;
  readonly requestId: string;
  parent: string | undefined;
  /** How often it was cut; 0: it is whole. */
  depth: number;
  /** What it was cut from, while that is known. */
  whole: BatchView | undefined;
  /** Keys of its halves, or of what it left. */
  readonly children: string[];
  readonly deliveries: Delivery[];
  counts: PageFates["counts"] | undefined;
  /** Why a record of its last delivery failed. */
  trouble: string | undefined;
}

/** A function at one shard. */
export interface LaneView {
  readonly functionName: string;
  /** Oldest first. */
  readonly batches: BatchView[];
  /** By index: everything up to it is settled. */
  checkpoint: bigint | undefined;
  delivering:
    | { readonly requestId: string; readonly at: number; readonly records: number }
    | undefined;
  /** The batch that failed last comes again at this time. */
  retryAt: number | undefined;
  /** Which one that is, by its key. */
  failing: string | undefined;
  /** Deliveries since the first; the oldest are forgotten, and still counted. */
  delivered: number;
  failed: number;
  lag: number;
}

export interface ShardView {
  readonly key: string;
  readonly stream: string;
  readonly shardId: string;
  parents: readonly string[];
  isClosed: boolean;
  range: { readonly startingHashKey: string; readonly endingHashKey: string } | undefined;
  /** Oldest first. */
  readonly puts: { readonly at: number; readonly records: number; readonly throttled: number }[];
  records: number;
  throttled: number;
  newest: bigint;
  readonly lanes: Map<string, LaneView>;
}

export interface StreamView {
  readonly name: string;
  /** By the first eight bits of the hash key. */
  readonly heat: Float64Array;
  readonly keys: Map<string, number>;
  records: number;
}

/** What a delivery stream did. */
export type DeliveredTold = DeliveryTold | ObjectTold | TransformTold;

/** What the windows of a shard have come to, and what was told before. */
export interface WindowsView {
  told: WindowsTold;
  rows: number;
  /** Records that came after their windows were closed, as the function says. */
  late: number;
}

export interface Store {
  ready: ReadyTold | undefined;
  readonly streams: Map<string, StreamView>;
  readonly shards: Map<string, ShardView>;
  readonly batches: Map<string, BatchView>;
  readonly oldestBatch: () => string | undefined;
  /** Functions whose latest save could not be built, and why. */
  readonly broken: Map<string, string>;
  /** Newest first. */
  readonly notes: { readonly at: number; readonly text: string }[];
  /** Of delivery streams, the newest first. */
  readonly deliveries: DeliveredTold[];
  /** Of workers, by the table that they are in. */
  readonly leases: Map<string, LeaseTableView>;
  /** What windows have come to, by function, stream and shard. */
  readonly windows: Map<string, WindowsView>;
  /** What each function asks of other services. */
  readonly sinks: Map<string, FunctionCalls>;
  /** What went wrong on purpose, the newest first. */
  readonly faults: FaultTold[];
  /** Of the first event. */
  since: number | undefined;
  /** A replay is over: when, and what it said. */
  ended: { readonly at: number; readonly text: string } | undefined;
  parked: number;
  /** Batches of which it was told what became of their records. */
  fates: number;
  events: number;
  missed: number;
}

const most = {
  batches: 20_000,
  batchesOfLane: 2_000,
  puts: 6_000,
  keys: 1_000,
  notes: 50,
  faults: 200,
  deliveries: 1_000,
};

export const newStore = (): Store => {
  const batches = new Map<string, BatchView>();
  return { ...empty(), batches, oldestBatch: oldestFirst(batches) };
};

const empty = (): Omit<Store, "batches" | "oldestBatch"> => ({
  ready: undefined,
  streams: new Map(),
  shards: new Map(),
  broken: new Map(),
  notes: [],
  leases: new Map(),
  windows: new Map(),
  sinks: new Map(),
  faults: [],
  deliveries: [],
  since: undefined,
  ended: undefined,
  parked: 0,
  fates: 0,
  events: 0,
  missed: 0,
});

export const batchKey = (functionName: string, requestId: string) => `${functionName} ${requestId}`;

export function apply(store: Store, event: PageEvent): void {
  store.events++;
  if ("at" in event) store.since ??= event.at;
  switch (event.type) {
    case "ready":
      store.ready = event;
      for (const stream of event.streams) streamOf(store, stream);
      break;
    case "put":
      applyPut(store, event);
      break;
    case "delivering": {
      const lane = laneOf(store, event);
      const { at, records, requestId } = event;
      lane.delivering = { at, records, requestId };
      lane.retryAt = undefined;
      break;
    }
    case "batch":
      applyBatch(store, event);
      break;
    case "fates":
      store.fates++;
      Object.assign(batchOf(store, event), { counts: event.counts, trouble: event.trouble });
      break;
    case "checkpoint":
      laneOf(store, event).checkpoint = indexOf(event.sequenceNumber);
      break;
    case "reshard":
      for (const shardId of event.closed) shardOf(store, event.stream, shardId).isClosed = true;
      for (const { hashKeyRange, parents, shardId } of event.opened) {
        const shard = shardOf(store, event.stream, shardId);
        shard.parents = parents;
        shard.range = hashKeyRange;
      }
      break;
    case "parked":
      store.parked++;
      break;
    case "built":
      store.broken.delete(event.functionName);
      break;
    case "broken":
      store.broken.set(event.functionName, event.error.message);
      break;
    case "note":
      store.notes.unshift({ at: event.at, text: event.text });
      store.notes.length = Math.min(store.notes.length, most.notes);
      break;
    case "object":
    case "delivery":
    case "transform":
      store.deliveries.unshift(event);
      store.deliveries.length = Math.min(store.deliveries.length, most.deliveries);
      break;
    case "windows": {
      const view = windowsOf(store, event);
      view.told = event;
      view.rows += event.rows;
      break;
    }
    case "lease":
      applyLease(store.leases, event);
      break;
    case "log":
      applyLog(store, event);
      break;
    case "call":
      applyCall(store.sinks, event);
      break;
    case "fault":
      store.faults.unshift(event);
      store.faults.length = Math.min(store.faults.length, most.faults);
      break;
    case "ended":
      store.ended = event;
      break;
    case "gap":
      store.missed += event.missed;
      break;
    default:
  }
}

function windowsOf({ windows }: Store, told: WindowsTold): WindowsView {
  const { functionName, shardId, stream } = told;
  const key = `${functionName} ${stream}/${shardId}`;
  const view = windows.get(key) ?? { told, rows: 0, late: 0 };
  windows.set(key, view);
  return view;
}

/** Late records are counted nowhere but in a line of their function. */
function applyLog({ windows }: Store, { functionName, line }: LogTold): void {
  if (!line.includes("after their windows were closed")) return;
  try {
    const { count, shardId } = JSON.parse(line) as { count: number; shardId: string };
    for (const view of windows.values()) {
      const { told } = view;
      if (told.functionName === functionName && told.shardId === shardId) view.late += count;
    }
  } catch {
    // A line of the user's own.
  }
}

function applyPut(store: Store, event: PutTold): void {
  const { at, heat, keys, last, records, shardId, stream: name, throttled } = event;
  const shard = shardOf(store, name, shardId);
  shard.puts.push({ at, records, throttled });
  if (shard.puts.length > most.puts) shard.puts.splice(0, most.puts / 4);
  shard.records += records;
  shard.throttled += throttled;
  if (last !== undefined) shard.newest = indexOf(last);
  const stream = streamOf(store, name);
  stream.records += records;
  for (const [bucket, count] of Object.entries(heat)) stream.heat[Number(bucket)]! += count;
  for (const { partitionKey, records } of keys) {
    stream.keys.set(partitionKey, (stream.keys.get(partitionKey) ?? 0) + records);
  }
  if (stream.keys.size > most.keys) {
    const coldest = [...stream.keys].sort(([, a], [, b]) => a - b).slice(0, most.keys / 2);
    for (const [key] of coldest) stream.keys.delete(key);
  }
}

function applyBatch(store: Store, event: PageBatch): void {
  const lane = laneOf(store, event);
  const batch = batchOf(store, event);
  const { at, attempt, batchSize, duration, error, iteratorAge, next, outcome } = event;
  const delivery = { at, attempt, batchSize, duration, iteratorAge, next, outcome };
  batch.deliveries.push({ ...delivery, ...(error && { error }) });
  if (event.parent !== undefined && batch.parent === undefined) {
    batch.parent = event.parent;
    const parent = store.batches.get(batchKey(event.functionName, event.parent));
    parent?.children.push(batch.key);
    batch.whole = parent;
    batch.depth = (parent?.depth ?? 0) + 1;
  }
  if (batch.deliveries.length === 1) {
    lane.batches.push(batch);
    if (lane.batches.length > most.batchesOfLane) lane.batches.splice(0, most.batchesOfLane / 4);
  }
  lane.delivered++;
  if (outcome !== "success") lane.failed++;
  lane.lag = iteratorAge;
  if (lane.delivering?.requestId === event.requestId) lane.delivering = undefined;
  lane.retryAt = next.step === "retry" ? at + duration + next.pause : undefined;
  lane.failing = next.step === "retry" ? batch.key : undefined;
}

/** The batch that an event is of, known or new. The oldest are forgotten. */
function batchOf(
  store: Store,
  of: { functionName: string; requestId: string; stream: string; shardId: string },
): BatchView {
  const { functionName, requestId, shardId, stream } = of;
  const key = batchKey(functionName, requestId);
  let batch = store.batches.get(key);
  if (!batch) {
    batch = {
      ...{ key, functionName, stream, shardId, requestId, parent: undefined, whole: undefined },
      ...{ children: [], deliveries: [], depth: 0, counts: undefined, trouble: undefined },
    };
    store.batches.set(key, batch);
    if (store.batches.size > most.batches) {
      store.batches.delete(store.oldestBatch()!);
    }
  }
  return batch;
}

export function shardOf(store: Store, stream: string, shardId: string): ShardView {
  const key = `${stream}/${shardId}`;
  let shard = store.shards.get(key);
  if (!shard) {
    streamOf(store, stream);
    shard = {
      ...{ key, stream, shardId, parents: [], isClosed: false, range: undefined, puts: [] },
      ...{ records: 0, throttled: 0, newest: 0n, lanes: new Map() },
    };
    store.shards.set(key, shard);
  }
  return shard;
}

function streamOf(store: Store, name: string): StreamView {
  let stream = store.streams.get(name);
  if (!stream) {
    stream = { name, heat: new Float64Array(256), keys: new Map(), records: 0 };
    store.streams.set(name, stream);
  }
  return stream;
}

function laneOf(
  store: Store,
  { functionName, shardId, stream }: { functionName: string; shardId: string; stream: string },
): LaneView {
  const { lanes } = shardOf(store, stream, shardId);
  let lane = lanes.get(functionName);
  if (!lane) {
    lane = {
      ...{ functionName, batches: [], checkpoint: undefined, delivering: undefined },
      ...{ retryAt: undefined, failing: undefined, delivered: 0, failed: 0, lag: 0 },
    };
    lanes.set(functionName, lane);
  }
  return lane;
}

const indexOf = (sequenceNumber: string): bigint =>
  decodeSequenceNumber(sequenceNumber)?.index ?? 0n;

/** How many records of the shard are not settled. */
export const behind = (shard: ShardView, lane: LaneView): number =>
  lane.checkpoint === undefined
    ? shard.records
    : Math.max(0, Number(shard.newest - lane.checkpoint));

/** The faults that struck a function at a shard: its own, and those of what all share. */
export const faultsOf = ({ faults }: Store, shard: ShardView, lane: LaneView): FaultTold[] =>
  faults.filter(
    ({ functionName, shardId, step, stream }) =>
      step === "struck" &&
      (functionName === undefined ||
        (functionName === lane.functionName &&
          shardId === shard.shardId &&
          stream === shard.stream)),
  );

/** What a function waits for at a shard, in words. */
export function waitsFor(store: Store, shard: ShardView, lane: LaneView, now: number): string {
  const { delivering, functionName, retryAt } = lane;
  if (delivering && !store.ended) {
    const seconds = Math.max(0, now - delivering.at) / 1000;
    return `Waits for the answer to ${count(delivering.records, "record")}, for ${seconds.toFixed(1)} s now.`;
  }
  const left = behind(shard, lane);
  if (store.ended) {
    return left > 0 ? `Was left with ${count(left, "record")}.` : "Settled all that were put.";
  }
  const failing = store.batches.get(lane.failing ?? "");
  const last = failing?.deliveries.at(-1);
  if (retryAt !== undefined && retryAt > now) {
    const thrown = last?.error && `${last.error.type}: ${last.error.message}`;
    const why = thrown ?? failing?.trouble;
    return `Waits ${((retryAt - now) / 1000).toFixed(1)} s before it tries the batch again that failed${why ? `: ${why}` : "."}`;
  }
  if (store.broken.has(functionName) && left > 0) {
    return `Waits for code that can be built: ${store.broken.get(functionName)}`;
  }
  if (left > 0) {
    return `Waits for its batch to fill, or its window to end: ${count(left, "record")} there.`;
  }
  if (shard.isClosed) return "Is closed, and read to its end.";
  return "Waits for records: all that were put are settled.";
}

/** Why nothing is delivered of a shard that no function has read yet. */
export function notReadYet(store: Store, shard: ShardView): string {
  const busy = shard.parents.find((parent) => {
    const one = store.shards.get(`${shard.stream}/${parent}`);
    return one && [...one.lanes.values()].some((lane) => behind(one, lane) > 0);
  });
  if (busy !== undefined) return `Waits for its parent ${busy} to be read to its end.`;
  return shard.records === 0
    ? "Waits for records: none was put yet."
    : "No function has read it yet.";
}

export const count = (n: number, one: string) =>
  `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
