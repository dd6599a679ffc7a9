/**
 * What windows have come to, for whoever looks on. It stands in the progress log, as bytes that only the handler's own code reads; under a
 * window of Lambda's it stands in the answer. The log is looked at after batches, at most once a second.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { BatchEvent, FatesEvent, HandlerReader, StateToRead } from "@shardmill/local/rig";
import { dynamodbProgress } from "../../../../src/dynamodb.ts";
import { type Entry, windowLog } from "../../../../src/progress/entry.ts";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import type { WindowsTold } from "./dev-event.ts";

export interface WindowsWatch {
  /** What became of a batch's records is known: its log may say something new. */
  settled(event: FatesEvent): void;
  /** A batch was answered: under a window of Lambda's with a state. */
  answered(event: BatchEvent): void;
  /** Resolves when all that was heard has been told. */
  told(): Promise<void>;
  /** Looks at nothing more. */
  close(): void;
}

export interface WindowsOptions {
  /** Where progress logs are. Undefined: nowhere. */
  readonly progress: () =>
    | { readonly client: DynamoDBDocumentClient; readonly tables: readonly string[] }
    | undefined;
  readonly reader: (functionName: string) => HandlerReader | undefined;
  readonly tell: (event: WindowsTold) => void;
  readonly clock?: Clock;
}

type Place = Pick<WindowsTold, "functionName" | "shardId" | "stream">;

/** After a batch, so that several are looked at together; between two looks; and at a log that has no windows. */
const pauseMs = { first: 100, next: 1_000, plain: 60_000 };

/** A log, or a shard under a window of Lambda's, that is looked at again when something came. */
interface Watched {
  readonly place: Place;
  /** Looks, and says how long nobody has to look again, in milliseconds. */
  look: () => Promise<number>;
  cancel: (() => void) | undefined;
  looking: Promise<void> | undefined;
  isDue: boolean;
  notBefore: number;
}

export function windowsWatch({
  progress,
  reader,
  tell,
  clock = systemClock,
}: WindowsOptions): WindowsWatch {
  const watched = new Map<string, Watched>();
  /** By log: the newest entry that was told of. */
  const newest = new Map<string, number>();
  let isClosed = false;

  function due(key: string, place: Place, look: () => Promise<number>): void {
    const known = watched.get(key);
    const one: Watched = known ?? {
      ...{ place, look, cancel: undefined, looking: undefined, isDue: false },
      notBefore: clock.now() + pauseMs.first,
    };
    watched.set(key, one);
    one.look = look;
    one.isDue = true;
    schedule(one);
  }

  function schedule(one: Watched): void {
    if (one.cancel || one.looking || !one.isDue || isClosed) return;
    one.cancel = clock.after(Math.max(0, one.notBefore - clock.now()), () => {
      void lookAt(one);
    });
  }

  function lookAt(one: Watched): Promise<void> {
    one.cancel?.();
    one.cancel = undefined;
    one.isDue = false;
    const began = clock.now();
    one.looking = one
      .look()
      // The tables are gone, or throttled on purpose: the next batch asks again.
      .catch(() => pauseMs.next)
      .then((pause) => {
        // What takes long is done seldom.
        one.notBefore = clock.now() + Math.max(pause, 10 * (clock.now() - began));
        one.looking = undefined;
        schedule(one);
      });
    return one.looking;
  }

  async function told(place: Place, state: StateToRead, isNew: (at: number) => boolean) {
    const at = clock.now();
    const said = { type: "windows", at, ...place } as const;
    try {
      const own = reader(place.functionName);
      if (!own) throw new Error("The function is no module for Node.js.");
      const { rows, ...read } = await own.state(state);
      const done = rows.filter((_, which) => isNew(which)).reduce((sum, n) => sum + n, 0);
      tell({ ...said, ...read, rows: done });
    } catch (error) {
      const unread = (error as Error).message;
      tell({ ...said, of: "windows", bytes: 0, due: 0, rows: 0, windows: [], unread });
    }
  }

  async function lookInLog(place: Place, log: string): Promise<number> {
    const { client, tables } = progress() ?? { client: undefined, tables: [] };
    for (const table of client ? tables : []) {
      const found = await stateIn(dynamodbProgress({ tableName: table, client: client! }), log);
      if (!found) continue;
      const before = newest.get(log) ?? 0;
      if (found.n === before) return pauseMs.next;
      newest.set(log, found.n);
      await told(place, found.state, (which) => found.changes[which]!.n > before);
      return pauseMs.next;
    }
    return pauseMs.plain;
  }

  return {
    settled({ functionName, log, shardId, streamArn }) {
      if (!log) return;
      const stream = streamArn.split("/")[1] ?? streamArn;
      const place = { functionName, stream, shardId };
      due(log.name, place, () => lookInLog(place, log.name));
    },
    answered({ functionName, invocation, response, stream }) {
      const place = { functionName, stream, shardId: invocation.shardId };
      const key = `${functionName} ${stream} ${invocation.shardId}`;
      const { state } = (response ?? {}) as { readonly state?: Partial<Record<string, unknown>> };
      const whole = state?.v === 1 && typeof state.whole === "string" ? state.whole : undefined;
      // An empty state ends a window; in a function without windows there is none either.
      if (!state || (whole === undefined && !watched.has(key))) return;
      const given: StateToRead = { ...(whole !== undefined && { whole }), changes: [] };
      due(key, place, async () => {
        await told(place, given, () => false);
        return pauseMs.next;
      });
    },
    close() {
      for (const { cancel } of watched.values()) cancel?.();
      watched.clear();
      isClosed = true;
    },
    async told() {
      for (const one of watched.values()) {
        while (one.looking || one.isDue) await (one.looking ?? lookAt(one));
      }
    },
  };
}

type Store = ReturnType<typeof dynamodbProgress>;

/** The newest whole state of a log and what was written since. Undefined: it has none. */
async function stateIn(store: Store, log: string) {
  const changes: Entry[] = [];
  let whole: Entry | undefined;
  let n = 0;
  reading: for (let before = Number.POSITIVE_INFINITY; ; ) {
    const { entries, more } = await store.readBefore(log, before);
    for (const entry of entries) {
      before = entry.n;
      n = Math.max(n, entry.n);
      if (entry.windows?.whole || entry.windows?.chunks) whole = entry;
      if (entry.windows?.changes) changes.unshift(entry);
      if (whole || entry.kind === "reset") break reading;
      if (n - entry.n > entriesAtMost) break reading;
    }
    // Windows are in nearly every entry of a log that has them.
    if (!more || entries.length === 0 || changes.length === 0) break;
  }
  // What an entry with all of it says besides has gone into that.
  const since = changes.filter((entry) => entry !== whole);
  if (!whole && since.length === 0) return undefined;
  const all = whole && (await wholeOf(store, log, whole));
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const state: StateToRead = {
    ...(all && { whole: base64(all) }),
    changes: since.map(({ windows }) => base64(windows!.changes!)),
  };
  return { n, state, changes: since };
}

/** More than stand between two whole states. */
const entriesAtMost = 1_000;

async function wholeOf(store: Store, log: string, { windows }: Entry): Promise<Uint8Array> {
  const { chunks = [], whole } = windows!;
  if (whole) return whole;
  const parts = new Map(
    (await store.readSome(windowLog(log), chunks)).map((entry) => [
      entry.n,
      entry.windows?.changes ?? new Uint8Array(),
    ]),
  );
  return Buffer.concat(chunks.map((chunk) => parts.get(chunk) ?? new Uint8Array()));
}
