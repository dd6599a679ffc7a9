/**
 * How cost grows with ten, a hundred and a thousand times the records and the names. Everything is also drawn:
 * `plotGrowth` writes docs/bench/*.svg.
 */
import { mkdir, writeFile } from "node:fs/promises";
import type { KinesisEvent } from "../src/record/kinesis-event.ts";
import { kinesisEvent } from "../src/testing/kinesis-event.ts";
import { collectYoung, contenders, readings } from "./batch/contenders.ts";
import { type Row, type RowSet, race } from "./harness.ts";
import { decodeTurns } from "./kpl.ts";
import { mappingTurns } from "./mapping.ts";
import { memoryOf } from "./memory.ts";
import { type Chart, plot } from "./plot.ts";
import { coldStart, warmCost } from "./progress/ours.ts";
import { pagedStore } from "./progress/rows.ts";

export const growth: RowSet = { name: "growth", rows };

interface Curve extends Omit<Chart, "lines"> {
  /** What the files are called. */
  readonly file: string;
  readonly sizes: readonly number[];
  /** The cost of each contender at a size. */
  readonly at: (size: number) => Promise<Readonly<Record<string, number>>>;
}

const curves: readonly Curve[] = [
  {
    file: "batch",
    title: "A batch, nothing decoded, empty handler",
    x: "records in the batch",
    y: "ns a record",
    sizes: [10, 100, 1000, 10_000],
    at: batchAt,
  },
  {
    file: "kpl",
    title: "KPL aggregates of 50 B records, decoded from base64",
    x: "records in the aggregate",
    y: "ns a record",
    sizes: [10, 100, 1000, 10_000],
    at: kplAt,
  },
  {
    file: "mapping",
    title: "Through the event source mapping, JSON",
    x: "records in the stream",
    y: "ns a record",
    sizes: [1000, 10_000, 100_000, 1_000_000],
    at: mappingAt,
  },
  {
    file: "requests",
    title: "DynamoDB requests for 1,000 records",
    x: "records in a batch",
    y: "requests",
    sizes: [1, 10, 100, 1000],
    at: requestsAt,
  },
  {
    file: "memory",
    title: "Memory of a warm function",
    x: "names within the window",
    y: "bytes",
    sizes: [1000, 10_000, 100_000, 1_000_000],
    at: memoryAt,
  },
  {
    file: "cold-start",
    title: "What the first batch of an environment reads",
    x: "names within the window",
    y: "pages of the log",
    sizes: [1000, 10_000, 100_000, 1_000_000],
    at: pagesAt,
  },
];

async function* rows(): AsyncGenerator<Row> {
  for (const curve of curves) {
    for (const size of curve.sizes) yield rowOf(curve, size, await curve.at(size));
  }
}

const rowOf = ({ title, x, y }: Curve, size: number, values: Row["values"]): Row => ({
  name: `${title}: ${size.toLocaleString("en")} ${x}, ${y}`,
  values,
});

/** The same rows, each curve written when it is complete. */
export async function* plotGrowth(folder: URL): AsyncGenerator<Row> {
  await mkdir(folder, { recursive: true });
  for (const curve of curves) {
    const lines: Record<string, (readonly [number, number])[]> = {};
    for (const size of curve.sizes) {
      const values = await curve.at(size);
      for (const [who, value] of Object.entries(values)) {
        lines[who] ??= [];
        lines[who].push([size, value]);
      }
      yield rowOf(curve, size, values);
    }
    await writeFile(new URL(`${curve.file}.svg`, folder), plot({ ...curve, lines }));
  }
}

async function batchAt(size: number) {
  const perTurn = 10_000;
  const values = readings.slice(0, size);
  const source = JSON.stringify(kinesisEvent(values, { partitionKey: ({ sensor }) => sensor }));
  const turn = (handler: (event: KinesisEvent) => Promise<unknown>) => async () => {
    const events = Array.from({ length: perTurn / size }, () => JSON.parse(source) as KinesisEvent);
    collectYoung();
    const begun = performance.now();
    for (const event of events) await handler(event);
    return performance.now() - begun;
  };
  const turns = Object.entries(contenders.plain).map(
    ([who, contender]) => [who, turn(contender().handler)] as const,
  );
  return perRecord(await race(Object.fromEntries(turns), { rounds: 9, warmUps: 4 }), perTurn);
}

async function kplAt(size: number) {
  const { records, ...turns } = decodeTurns(size, 50);
  return perRecord(await race(turns, { rounds: 9, warmUps: 3 }), records);
}

async function mappingAt(size: number) {
  const { through, fed } = mappingTurns(size);
  const times = await race(
    { "through the mapping": through, "fed directly": fed },
    { rounds: size > 100_000 ? 2 : 9, warmUps: size > 100_000 ? 0 : 4 },
  );
  return perRecord(times, size);
}

async function requestsAt(size: number) {
  const { requests } = await warmCost(size, Math.max(512, 4 * size));
  return { shardmill: requests, "Powertools idempotency": 2000 };
}

async function memoryAt(size: number) {
  const { ours, set } = await memoryOf(size);
  return { shardmill: ours, "a Set of ids": set };
}

async function pagesAt(size: number) {
  const { pages } = await coldStart(pagedStore(), 1000, size);
  return { "batches of 1,000": pages };
}

/** Nanoseconds, of the fastest round: growth shows when the others on the machine do not. */
const perRecord = (
  times: Readonly<Record<string, { readonly lowestMs: number }>>,
  records: number,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(times).map(([who, { lowestMs }]) => [who, (1e6 * lowestMs) / records]),
  );
