/** How far each shard of a worker has come: drawn in place on a terminal; in a pipe a line now and then for each that has moved. */
import type { WorkerEvent } from "../../../../src/worker.ts";
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

interface Shard {
  records: number;
  batches: number;
  behindMs: number;
  /** When its first batch had ended. */
  readonly since: number;
  hasMoved: boolean;
}

/** More shards than that are one line together. */
const drawnAtMost = 12;

/** `everyMs`: between two drawings, or two lines of a shard in a pipe. */
export function shardLines(
  out: Output,
  everyMs = out.isTTY ? 250 : 10_000,
  now: () => number = () => performance.now(),
): ShardLines {
  const shards = new Map<string, Shard>();
  let drawn = 0;

  const clear = () => {
    if (drawn > 0) draw(out, `\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const say = (line: string, to = out) => {
    clear();
    to.write(`${oneLine(line)}\n`);
    if (out.isTTY) drawAll();
  };
  const lineOf = (shardId: string, { batches, behindMs, records, since }: Shard) => {
    const perSecond = Math.round((1000 * records) / Math.max(1000, now() - since));
    return `${shardId}  ${counted(records, "record")} in ${batches} ${batches === 1 ? "batch" : "batches"}, ${perSecond} a second, ${(behindMs / 1000).toFixed(1)} s behind`;
  };
  /** A line that wraps cannot be drawn over. */
  const fitted = (line: string) => oneLine(line).slice(0, (out.columns ?? 80) - 1);
  function drawAll(): void {
    const all = [...shards].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = all.slice(0, drawnAtMost).map(([id, shard]) => lineOf(id, shard));
    const rest = all.slice(drawnAtMost);
    if (rest.length > 0) {
      const records = rest.reduce((sum, [, shard]) => sum + shard.records, 0);
      const behind = Math.max(...rest.map(([, { behindMs }]) => behindMs));
      lines.push(
        `${counted(rest.length, "more shard")}  ${counted(records, "record")}, up to ${(behind / 1000).toFixed(1)} s behind`,
      );
    }
    draw(out, lines.map((line) => `${fitted(line)}\n`).join(""));
    drawn = lines.length;
  }
  const writeMoved = () => {
    for (const [id, shard] of shards) {
      if (!shard.hasMoved) continue;
      shard.hasMoved = false;
      out.write(`${oneLine(lineOf(id, shard))}\n`);
    }
  };
  const timer = setInterval(() => {
    if (!out.isTTY) return writeMoved();
    clear();
    drawAll();
  }, everyMs);
  timer.unref();

  return {
    say,
    count({ shardId, done, iteratorAge }) {
      const shard = shards.get(shardId) ?? {
        records: 0,
        batches: 0,
        behindMs: 0,
        since: now(),
        hasMoved: true,
      };
      shards.set(shardId, shard);
      shard.records += done;
      shard.batches++;
      shard.behindMs = iteratorAge;
      shard.hasMoved = true;
    },
    forget(shardId) {
      const shard = shards.get(shardId);
      shards.delete(shardId);
      if (shard && (shard.hasMoved || out.isTTY)) say(lineOf(shardId, shard));
    },
    end() {
      clearInterval(timer);
      clear();
      if (out.isTTY) for (const shard of shards.values()) shard.hasMoved = true;
      writeMoved();
    },
  };
}
