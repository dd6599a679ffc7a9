/** What the comparisons are made with: rows of figures, and races between peers. */
import assert from "node:assert/strict";

/** One line of a table. `limits` are what `values` must not exceed, or with `atLeast` must reach. */
export interface Row {
  readonly name: string;
  /** Beside whom. */
  readonly peer?: string;
  readonly values: Readonly<Record<string, number | string>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly atLeast?: Readonly<Record<string, number>>;
}

/** A table of figures. */
export interface RowSet {
  readonly name: string;
  readonly rows: () => AsyncIterable<Row>;
}

export interface Spread {
  readonly medianMs: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  /** Round by round. */
  readonly rounds: readonly number[];
}

/** Holds a function to its answer that all of the batch is done: one that gives everything back would look fast. */
export async function allDone(answer: Promise<unknown>): Promise<void> {
  assert.deepEqual(await answer, { batchItemFailures: [] });
}

/**
 * Times contenders against each other in the same run: each warms up, then they take turns, so that
 * what slows the machine for a while slows all of them. What a contender returns is its own time
 * in milliseconds; undefined: the whole call is timed.
 */
export async function race<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<number | undefined>>>,
  { rounds = 5, warmUps = 1 }: { readonly rounds?: number; readonly warmUps?: number } = {},
): Promise<Record<Name, Spread>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of names) {
      const begun = performance.now();
      const own = await contenders[name]();
      if (round >= 0) times[name].push(own ?? performance.now() - begun);
    }
  }
  return Object.fromEntries(names.map((name) => [name, spreadOf(times[name])])) as Record<
    Name,
    Spread
  >;
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    medianMs: sorted[sorted.length >> 1]!,
    lowestMs: sorted[0]!,
    highestMs: sorted[sorted.length - 1]!,
    rounds: times,
  };
}

/**
 * How many times as long one took as another: the median of the rounds, since what slows the machine for
 * a while slows both in the same rounds.
 */
export function timesAsLong(one: Spread, other: Spread): number {
  const ratios = one.rounds.map((ms, round) => ms / other.rounds[round]!);
  return ratios.toSorted((a, b) => a - b)[ratios.length >> 1]!;
}

/** Which limits a row misses, in words. */
export function missesOf({ values, limits = {}, atLeast = {} }: Row): string[] {
  const over = Object.entries(limits).filter(([key, limit]) => !((values[key] as number) <= limit));
  const under = Object.entries(atLeast).filter(
    ([key, limit]) => !((values[key] as number) >= limit),
  );
  return [
    ...over.map(([key, limit]) => `${key} is ${format(values[key]!)}, above ${limit}`),
    ...under.map(([key, limit]) => `${key} is ${format(values[key]!)}, below ${limit}`),
  ];
}

/** A number with as many digits as tell something. */
export function format(value: number | string): string {
  if (typeof value === "string") return value;
  if (Number.isInteger(value) || Math.abs(value) >= 1000)
    return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
