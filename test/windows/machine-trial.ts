/** A stream, windows over it, and the ways in which it may come: for properties of the machine. */
import fc from "fast-check";
import {
  approximateDistinct,
  average,
  count,
  distinct,
  first,
  hopping,
  last,
  max,
  quantile,
  session,
  sliding,
  stagger,
  sum,
  topK,
  tumbling,
  type Windows,
} from "shardmill/windows";
import { WindowMachine } from "../../src/windows/machine.ts";
import { type RowHead, rowOf } from "../../src/windows/rows.ts";
import { applyWritten, isWhole, writeChanges, writeWhole } from "../../src/windows/written.ts";

export interface Trade {
  readonly key: string | number | null | readonly string[];
  readonly at: number;
  readonly arrival: number;
  readonly price: number;
  readonly user: string;
}

/** In the order of the shard: arrivals mostly grow, the records' own times less so. */
export const streams = (most = 60) =>
  fc
    .array(
      fc.record({
        key: fc.constantFrom<Trade["key"]>("a", "b", "", 7, null, ["a", "b"]),
        step: fc.oneof(fc.constant(0), fc.integer({ min: -500, max: 4000 })),
        delay: fc.oneof(fc.constant(0), fc.integer({ min: -3000, max: 9000 })),
        price: fc.oneof(
          fc.integer({ min: -5, max: 5 }),
          fc.double({ noNaN: true, min: -10, max: 10 }),
        ),
        user: fc.constantFrom("u1", "u2", "u3", "u4"),
      }),
      { maxLength: most },
    )
    .map((steps) => {
      let now = 1_767_225_600_000;
      return steps.map(({ delay, step, ...rest }): Trade => {
        now += step;
        return { ...rest, arrival: now, at: now - delay };
      });
    });

export const aggregate = {
  count: count<Trade>(),
  total: sum((t: Trade) => t.price),
  mean: average((t: Trade) => t.price),
  high: max((t: Trade) => t.price),
  opening: first((t: Trade) => t.user),
  closing: last((t: Trade) => (t.user === "u1" ? null : t.user)),
  users: distinct((t: Trade) => t.user),
  nearly: approximateDistinct((t: Trade) => t.price, { precision: 4 }),
  frequent: topK(2, (t: Trade) => t.user, { capacity: 2 }),
  middle: quantile(0.5, (t: Trade) => t.price, { compression: 20 }),
};

type Table = Readonly<Record<string, (typeof aggregate)[keyof typeof aggregate]>>;

export interface Kind {
  readonly name: string;
  readonly byTime: boolean;
  readonly latenessMs: number;
  readonly make: (aggregate: Table) => Windows<Trade, RowHead>;
}

const key = (t: Trade) => t.key;
const time = (t: Trade) => new Date(t.at);

/** Each kind of window, by arrival and by the records' own time. */
export const kinds: readonly Kind[] = [
  ...[undefined, 0, 2].flatMap((late): Kind[] => {
    const own = late === undefined ? { key } : { key, time, allowedLatenessInSeconds: late };
    const of = { byTime: late !== undefined, latenessMs: (late ?? 0) * 1000 };
    const name = (kind: string) =>
      `${kind} ${late === undefined ? "by arrival" : `by time, ${late} s late`}`;
    return [
      {
        ...of,
        name: name("tumbling"),
        make: (aggregate) => tumbling({ seconds: 5 }, { ...own, aggregate }),
      },
      {
        ...of,
        name: name("hopping"),
        make: (aggregate) => hopping({ seconds: 5, everySeconds: 2 }, { ...own, aggregate }),
      },
      {
        ...of,
        name: name("sliding"),
        make: (aggregate) => sliding({ seconds: 3 }, { ...own, aggregate }),
      },
      {
        ...of,
        name: name("session"),
        make: (aggregate) => session({ gapSeconds: 2 }, { ...own, aggregate }),
      },
    ];
  }),
  {
    name: "stagger by arrival",
    byTime: false,
    latenessMs: 0,
    make: (aggregate) => stagger({ seconds: 3 }, { key, aggregate }),
  },
];

export interface Played {
  readonly rows: readonly RowHead[];
  readonly late: readonly Trade[];
}

/** What may happen after a record. */
export type Step = "nothing" | "commit" | "snapshot" | "rows" | "restart" | "crash";

/**
 * Plays a stream through a machine as a consumer does: what is absorbed is written now and then, whole or by changes; rows that are
 * due run once that is written; and after a crash another machine reads what was written and goes on behind it.
 */
export function play(
  { definition }: Windows<Trade, RowHead>,
  stream: readonly Trade[],
  steps: readonly Step[] = [],
): Played {
  let machine = new WindowMachine<Trade>(definition);
  const rows: RowHead[] = [];
  const late: Trade[] = [];
  let log: Uint8Array[] = [];
  let through = 0;
  let lateThrough = 0;
  const commit = (whole: boolean) => {
    const written = whole ? writeWhole(machine) : writeChanges(machine);
    if (isWhole(written) !== whole) throw new Error("It does not say whether it is whole.");
    if (whole) log = [];
    log.push(written);
    machine.committed();
  };
  const run = () => {
    const due = [...machine.due];
    for (const group of due) rows.push(rowOf(group, definition, "c/s", "shardId-0"));
    machine.done(due);
    if (due.length > 0) commit(false);
  };
  const restart = () => {
    machine = new WindowMachine<Trade>(definition);
    for (const written of log) applyWritten(machine, written);
  };
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const trade = stream[at++]!;
    if (machine.absorb(trade, trade.arrival) === "late") late.push(trade);
    const step = steps[turn] ?? "nothing";
    if (step === "crash") {
      // What was absorbed since the last entry is delivered again.
      restart();
      at = through;
      late.length = lateThrough;
    } else if (step !== "nothing") {
      commit(step === "snapshot");
      through = at;
      lateThrough = late.length;
      if (step === "rows") run();
      if (step === "restart") restart();
    }
  }
  commit(false);
  run();
  machine.advance(Number.MAX_SAFE_INTEGER);
  run();
  return { rows, late };
}

export const playedSteps = fc.array(
  fc.constantFrom<Step>("nothing", "nothing", "commit", "snapshot", "rows", "restart", "crash"),
  { maxLength: 120 },
);
