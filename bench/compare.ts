/** A race told as one row: how fast each contender is, and ours beside the best of its peers. */
import { type Row, race, type Spread, timesAsLong } from "./harness.ts";

/** Resolves to its own time in milliseconds; undefined: the whole call is timed. */
export type Turn = () => Promise<number | undefined>;

export interface Comparison {
  readonly name: string;
  /** How many records a contender handles in its turn. */
  readonly records: number;
  readonly ours: Turn;
  readonly peers: Readonly<Record<string, Turn>>;
  /** Timed and shown, but no peers: a physical limit, say. */
  readonly others?: Readonly<Record<string, Turn>>;
  /** What of the others no one can be faster than: how far from the peers it is, is shown. */
  readonly limit?: string;
  /** How many times the best peer's speed ours must reach. Undefined: the ratio is only shown. */
  readonly atLeast?: number | undefined;
  /** How many times as long as the best peer ours may take; instead of `atLeast`. */
  readonly timesAtMost?: number | undefined;
  /** What share of the speed of others ours must reach, by their names. */
  readonly shareAtLeast?: Readonly<Record<string, number>> | undefined;
  readonly rounds?: number;
  readonly warmUps?: number;
}

/** Speeds in thousands of records a second: the median of the rounds, and from the slowest to the fastest. */
export async function compare({
  name,
  records,
  ours,
  peers,
  others = {},
  limit,
  atLeast,
  timesAtMost,
  shareAtLeast = {},
  rounds = 9,
  warmUps = 3,
}: Comparison): Promise<Row> {
  const contenders = { shardmill: ours, ...peers, ...others };
  const times: Record<string, Spread> = await race<string>(contenders, { rounds, warmUps });
  const own = times.shardmill!;
  const peer = Object.keys(peers).join(", ");
  const values: Record<string, number | string> = {};
  for (const [who, spread] of Object.entries(times)) {
    values[`${who} k/s`] = records / spread.medianMs;
    values[`(${who})`] = speeds(spread, records);
  }
  const fasterThan = (mine: Spread) =>
    Math.min(...Object.keys(peers).map((peer) => timesAsLong(times[peer]!, mine)));
  for (const other of Object.keys(others)) {
    values[`share of ${other}`] = timesAsLong(times[other]!, own);
  }
  if (limit !== undefined) values["ratio of the limit"] = fasterThan(times[limit]!);
  if (timesAtMost !== undefined) {
    values.times = 1 / fasterThan(own);
    return { name, peer, values, limits: { times: timesAtMost } };
  }
  values.ratio = fasterThan(own);
  const least: Record<string, number> = atLeast === undefined ? {} : { ratio: atLeast };
  for (const [other, share] of Object.entries(shareAtLeast)) least[`share of ${other}`] = share;
  return { name, peer, values, atLeast: least };
}

const speeds = ({ lowestMs, highestMs }: Spread, records: number) =>
  `${(records / highestMs).toFixed(1)}–${(records / lowestMs).toFixed(1)}`;

/** What the contenders' results add up to. */
export let used = 0;

/** Uses a result, so that nobody may leave out the work that led to it. */
export function use(result: number): void {
  used = (used + result) | 0;
}
