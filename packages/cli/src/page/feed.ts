/** The newest events, for pages that come, go and come back: within bounds, whatever happens. */
import type {
  BatchTold,
  CallTold,
  DevEvent,
  Fate,
  FatesTold,
  LogTold,
} from "../events/dev-event.ts";
import { oldestFirst } from "../events/oldest.ts";

/** An event as a page gets it: what may be long is left out, and asked for when somebody looks. */
export type PageEvent =
  | Exclude<DevEvent, BatchTold | FatesTold>
  | PageBatch
  | PageFates
  /** So many events were forgotten before this page got them. */
  | { readonly type: "gap"; readonly missed: number };

export interface PageBatch extends Omit<BatchTold, "sequenceNumbers" | "response"> {
  readonly first: string | undefined;
  readonly last: string | undefined;
}

export interface PageFates extends Omit<FatesTold, "records"> {
  /** Why the first of those that did not go well did not. */
  readonly trouble?: string;
  /** How many records came to what. */
  readonly counts: Readonly<Partial<Record<FatesTold["records"][number]["outcome"], number>>>;
}

/** What is known of a batch: of its deliveries, oldest first. */
export interface BatchDetail {
  readonly deliveries: readonly BatchTold[];
  readonly fates: readonly FatesTold[];
  readonly logs: readonly LogTold[];
  /** What was asked of other services. */
  readonly calls: readonly CallTold[];
}

export interface Feed {
  add(event: DevEvent): void;
  /** The number of the newest event; 0: none. */
  readonly newest: number;
  /** Up to `most` events after number `id`, as JSON, oldest first, and the number of the last of them. */
  after(id: number, most: number): { readonly events: readonly string[]; readonly last: number };
  /** Calls `changed` after events were added, at most every `pauseMs`. Returns the end of it. */
  onChange(changed: () => void): () => void;
  /** Undefined: nothing is known, or not any more. */
  detail(functionName: string, requestId: string): BatchDetail | undefined;
  /** What became of a record the last time, by its stream and its position. */
  fateOf(stream: string, position: string): Fate | undefined;
  /** The records of a stream that were not simply processed, the latest last. */
  troubleOf(stream: string): readonly { readonly shardId: string; readonly fate: Fate }[];
  /** What became of a stream's records since number `after`, each the last time, and the number to go on with. */
  fatesAfter(
    stream: string,
    after: number,
  ): { readonly fates: readonly Fate[]; readonly last: number };
}

export interface FeedLimits {
  readonly events?: number;
  /** Bytes of events, and as many of what is kept beside them. */
  readonly bytes?: number;
  /** Records whose latest fate is known. */
  readonly fates?: number;
}

/** Characters of a log line in the feed. */
const longestLine = 4_000;
/** Characters of a reason there; the rest is in the batch. */
const longestWhy = 300;
/** Listeners hear of the first after so many milliseconds, and of what comes at once after that together. */
const soonMs = 5;
const pauseMs = 80;
const mostFatesTold = 5_000;

export function newFeed({
  events: mostEvents = 100_000,
  bytes: mostBytes = 64 * 1024 * 1024,
  fates: mostFates = 100_000,
}: FeedLimits = {}): Feed {
  /** A ring: number `id` stands at `id % mostEvents`. */
  const ring: (string | undefined)[] = [];
  let newest = 0;
  let oldest = 1;
  let bytes = 0;
  const details = keptDetails(mostBytes);
  /** Those that were told last stand last. */
  const fates = new Map<
    string,
    {
      readonly n: number;
      readonly stream: string;
      readonly shardId: string;
      readonly fate: Fate;
    }
  >();
  const oldestFate = oldestFirst(fates);
  let told = 0;
  const listeners = new Set<() => void>();
  let isDue = false;
  let toldAt = 0;

  function forgetOldest(): void {
    const place = oldest++ % mostEvents;
    bytes -= ring[place]?.length ?? 0;
    ring[place] = undefined;
  }

  return {
    get newest() {
      return newest;
    },
    add(event) {
      details.add(event);
      if (event.type === "fates") {
        for (const fate of event.records) {
          const key = `${event.stream}/${fate.position}`;
          fates.delete(key);
          fates.set(key, { n: ++told, stream: event.stream, shardId: event.shardId, fate });
        }
        while (fates.size > mostFates) fates.delete(oldestFate()!);
      }
      const text = JSON.stringify(slim(event));
      if (newest - oldest + 1 >= mostEvents) forgetOldest();
      newest++;
      ring[newest % mostEvents] = text;
      bytes += text.length;
      while (bytes > mostBytes && oldest < newest) forgetOldest();
      if (listeners.size === 0 || isDue) return;
      isDue = true;
      const early = toldAt + pauseMs - Date.now();
      setTimeout(
        () => {
          isDue = false;
          toldAt = Date.now();
          for (const changed of [...listeners]) changed();
        },
        Math.min(pauseMs, Math.max(soonMs, early)),
      ).unref();
    },
    after(id, most) {
      // A number of an earlier run, of which nothing is here.
      const from = id > newest ? oldest : Math.max(id + 1, oldest);
      const last = Math.min(newest, from + most - 1);
      const events: string[] = [];
      const missed = id > 0 && id <= newest ? from - id - 1 : 0;
      if (missed > 0) events.push(JSON.stringify({ type: "gap", missed } satisfies PageEvent));
      for (let at = from; at <= last; at++) events.push(ring[at % mostEvents]!);
      return { events, last };
    },
    onChange(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    detail: details.of,
    fateOf: (stream, position) => fates.get(`${stream}/${position}`)?.fate,
    troubleOf: (stream) =>
      [...fates.values()].filter(
        (one) => one.stream === stream && one.fate.outcome !== "processed",
      ),
    fatesAfter: (stream, after) => ({
      fates: [...fates.values()]
        .filter((one) => one.n > after && one.stream === stream)
        .slice(-mostFatesTold)
        .map(({ fate }) => fate),
      last: told,
    }),
  };
}

function slim(event: DevEvent): PageEvent {
  if (event.type === "batch") {
    const { sequenceNumbers, response: _, ...rest } = event;
    return { ...rest, first: sequenceNumbers[0], last: sequenceNumbers.at(-1) };
  }
  if (event.type === "fates") {
    const { records, ...rest } = event;
    const counts: Record<string, number> = {};
    for (const { outcome } of records) counts[outcome] = (counts[outcome] ?? 0) + 1;
    const bad = records.find(({ outcome }) => outcome === "failed" || outcome === "parked");
    return { ...rest, counts, ...(bad && { trouble: bad.why.slice(0, longestWhy) }) };
  }
  if (event.type === "log" && event.line.length > longestLine) {
    return { ...event, line: `${event.line.slice(0, longestLine)}…` };
  }
  return event;
}

const belongsToBatch = (event: DevEvent) =>
  event.type === "batch" || event.type === "fates" || event.type === "log" || event.type === "call";

/** What belongs to a batch, up to so many bytes; the oldest goes. */
function keptDetails(most: number) {
  interface Kept extends BatchDetail {
    readonly deliveries: BatchTold[];
    readonly fates: FatesTold[];
    readonly logs: LogTold[];
    readonly calls: CallTold[];
    bytes: number;
  }
  const kept = new Map<string, Kept>();
  const oldestKept = oldestFirst(kept);
  let bytes = 0;

  const of = (functionName: string, requestId: string) => kept.get(`${functionName} ${requestId}`);

  return {
    of: of as (functionName: string, requestId: string) => BatchDetail | undefined,
    add(event: DevEvent): void {
      if (!belongsToBatch(event) || event.requestId === undefined) return;
      const key = `${event.functionName} ${event.requestId}`;
      const one = kept.get(key) ?? {
        ...{ deliveries: [], fates: [], logs: [], calls: [], bytes: 0 },
      };
      kept.set(key, one);
      // Nearly: what matters is that they do not add up without a bound.
      const size =
        event.type === "log"
          ? 200 + event.line.length
          : event.type === "batch"
            ? 400 + 60 * event.sequenceNumbers.length
            : event.type === "call"
              ? 1_000
              : 400 + 300 * event.records.length;
      if (one.bytes + size > most / 8) return;
      if (event.type === "batch") one.deliveries.push(event);
      else if (event.type === "fates") one.fates.push(event);
      else if (event.type === "call") one.calls.push(event);
      else one.logs.push(event);
      one.bytes += size;
      bytes += size;
      while (bytes > most && kept.size > 1) {
        const oldest = oldestKept()!;
        bytes -= kept.get(oldest)!.bytes;
        kept.delete(oldest);
      }
    },
  };
}
