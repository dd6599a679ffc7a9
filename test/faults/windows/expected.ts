/** The rows of a day on which nothing goes wrong: loops over what was put, which know no machine, no batch and no shard. */
import type { PutRecord } from "../book.ts";
import type { ConsumerSetup } from "../scenario.ts";
import { type Totals, windowMs } from "./rows.ts";

/** A row without its id. */
export type ExpectedRow = Totals & {
  readonly key: string;
  readonly start: number;
  readonly end: number;
};

export function expectedRows(
  records: Iterable<PutRecord>,
  { windows }: Pick<ConsumerSetup, "windows">,
): readonly ExpectedRow[] {
  const byKey = Map.groupBy(records, ({ key, n }) =>
    windows === "merged" ? `rest-${n % 2}` : key,
  );
  return [...byKey].flatMap(([key, records]) => {
    const inOrder = records.sort((a, b) => a.arrivedAt - b.arrivedAt || a.n - b.n);
    return ways[windows!](inOrder).map(([start, end, among]) => ({
      ...{ key, start, end },
      ...totalsOf(among.map(({ n }) => n)),
      // Which of several shards had the last one nobody asks.
      ...(windows === "merged" && { last: Math.max(...among.map(({ n }) => n)) }),
    }));
  });
}

type Window = readonly [start: number, end: number, among: readonly PutRecord[]];

const ways: Record<
  NonNullable<ConsumerSetup["windows"]>,
  (records: readonly PutRecord[]) => readonly Window[]
> = {
  tumbling,
  sql: tumbling,
  merged: tumbling,
  session(records) {
    const sessions: PutRecord[][] = [];
    for (const record of records) {
      const last = sessions.at(-1)?.at(-1);
      if (last && record.arrivedAt < last.arrivedAt + windowMs) sessions.at(-1)!.push(record);
      else sessions.push([record]);
    }
    return sessions.map((among) => [
      among[0]!.arrivedAt,
      among.at(-1)!.arrivedAt + windowMs,
      among,
    ]);
  },
  sliding: (records) =>
    records.map(({ arrivedAt }, place) => [
      arrivedAt - windowMs,
      arrivedAt,
      records.slice(0, place + 1).filter((other) => other.arrivedAt >= arrivedAt - windowMs),
    ]),
};

function tumbling(records: readonly PutRecord[]): readonly Window[] {
  const windows = Map.groupBy(records, ({ arrivedAt }) => Math.floor(arrivedAt / windowMs));
  return [...windows].map(([window, among]) => [window * windowMs, (window + 1) * windowMs, among]);
}

function totalsOf(numbers: readonly number[]): Totals {
  const remainders = [...Map.groupBy(numbers, (n) => n % 3)].map(([value, { length: count }]) => ({
    ...{ value, count, error: 0 },
  }));
  return {
    count: numbers.length,
    total: numbers.reduce((sum, n) => sum + n, 0),
    last: numbers.at(-1)!,
    remainders: remainders.sort((a, b) => b.count - a.count || a.value - b.value),
  };
}
