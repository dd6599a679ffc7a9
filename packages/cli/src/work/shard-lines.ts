/** How far each shard of a worker has come: drawn in place on a terminal; in a pipe a line now and then for each that has moved, or that is behind. */
import type { HeldLease, WorkerEvent } from "../../../../src/worker.ts";
import { counted } from "../terminal/counted.ts";
import { draw, type Output, oneLine } from "../terminal/terminal.ts";

export type Batch = Extract<WorkerEvent, { readonly type: "batch" }>;

export interface ShardLines {
  /** Counts a batch. */
  count(batch: Batch): void;
  /** The shard has ended, or is another worker's: what it came to stays, as a line. */
  forget(shardId: string): void;
  /** Writes a line that stays, on `to`. */
  say(line: string, to?: Output): void;
  /** Writes what has moved since the last time, and draws no more. */
  end(): void;
}

export interface ShardLinesOptions {
  /** The shards that the worker has now. */
  held(): readonly Pick<HeldLease, "key" | "millisBehindLatest">[];
  /** Milliseconds between two drawings, or two lines of a shard in a pipe. @default 250, and 10,000 in a pipe */
  readonly everyMs?: number;
  /** Milliseconds. */
  readonly now?: () => number;
}

interface Shard {
  records: number;
  batches: number;
  hasMoved: boolean;
  /** How many records there were, at most once a second, for as long as `rateOver`. */
  readonly marks: { readonly at: number; readonly records: number }[];
}

/** More shards than that are one line together. */
const drawnAtMost = 12;

/** Milliseconds. The rate is that of the last ones. */
const rateOver = 10_000;

/** Milliseconds. In a pipe a shard that does not move is told of once it is so far behind. */
const farBehind = 10_000;

const behindBy = (ms: number) => `${(ms / 1000).toFixed(1)} s behind`;

export function shardLines(
  out: Output,
  { held, everyMs = out.isTTY ? 250 : 10_000, now = () => performance.now() }: ShardLinesOptions,
): ShardLines {
  const shards = new Map<string, Shard>();
  let drawn = 0;
  let isOver = false;

  const shardOf = (id: string): Shard => {
    const shard = shards.get(id) ?? {
      ...{ records: 0, batches: 0, hasMoved: false },
      marks: [{ at: now(), records: 0 }],
    };
    shards.set(id, shard);
    return shard;
  };
  /** Of the shards that it has, in order, with what each is behind. */
  const present = () =>
    (isOver ? [] : held())
      .map(({ key, millisBehindLatest: behind = 0 }) => ({ id: key, behind, shard: shardOf(key) }))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  const countsOf = (id: string, { batches, records }: Shard) =>
    `${id}  ${counted(records, "record")} in ${batches} ${batches === 1 ? "batch" : "batches"}`;
  function rateOf({ marks, records }: Shard): number {
    const at = now();
    if (at - marks.at(-1)!.at >= 1000) marks.push({ at, records });
    while (marks.length > 1 && at - marks[1]!.at >= rateOver) marks.shift();
    const [first] = marks;
    return Math.round((1000 * (records - first!.records)) / Math.max(1000, at - first!.at));
  }
  const lineOf = ({ id, shard, behind }: ReturnType<typeof present>[number]) =>
    `${countsOf(id, shard)}, ${rateOf(shard)} a second, ${behindBy(behind)}`;

  const clear = () => {
    if (drawn > 0) draw(out, `\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const say = (line: string, to = out) => {
    clear();
    to.write(`${oneLine(line)}\n`);
    if (out.isTTY) drawAll();
  };
  /** A line that wraps cannot be drawn over. */
  const fitted = (line: string) => oneLine(line).slice(0, (out.columns ?? 80) - 1);
  function drawAll(): void {
    const all = present();
    const lines = all.slice(0, drawnAtMost).map(lineOf);
    const rest = all.slice(drawnAtMost);
    if (rest.length > 0) {
      const records = rest.reduce((sum, { shard }) => sum + shard.records, 0);
      const most = Math.max(...rest.map(({ behind }) => behind));
      lines.push(
        `${counted(rest.length, "more shard")}  ${counted(records, "record")}, up to ${behindBy(most)}`,
      );
    }
    draw(out, lines.map((line) => `${fitted(line)}\n`).join(""));
    drawn = lines.length;
  }
  function writeMoved(): void {
    for (const one of present()) {
      if (!one.shard.hasMoved && one.behind < farBehind) continue;
      one.shard.hasMoved = false;
      out.write(`${oneLine(lineOf(one))}\n`);
    }
  }
  function forget(id: string): void {
    const shard = shards.get(id);
    shards.delete(id);
    if (shard?.hasMoved || (out.isTTY && shard && shard.batches > 0)) say(countsOf(id, shard));
  }
  const timer = setInterval(() => {
    if (!out.isTTY) return writeMoved();
    clear();
    drawAll();
  }, everyMs);
  timer.unref();

  return {
    say,
    forget,
    count({ shardId, done }) {
      const shard = shardOf(shardId);
      shard.records += done;
      shard.batches++;
      shard.hasMoved = true;
    },
    end() {
      clearInterval(timer);
      isOver = true;
      clear();
      for (const id of [...shards.keys()]) forget(id);
    },
  };
}
