/** Each kind of window beside a loop over a list that anyone can check by reading it. */
import fc from "fast-check";
import { count, hopping, max, session, sliding, stagger, sum, tumbling } from "shardmill/windows";
import { expect, it } from "vitest";
import { play, playedSteps, streams, type Trade } from "./machine-trial.ts";

const whole = streams(50).map((stream) =>
  stream.map((trade) => ({ ...trade, price: Math.round(trade.price) })),
);

const aggregate = {
  count: count<Trade>(),
  total: sum((t: Trade) => t.price),
  high: max((t: Trade) => t.price),
};
const key = (t: Trade) => t.key;
const time = (t: Trade) => t.at;

interface Loop {
  readonly window: string;
  readonly trades: Trade[];
}

const rowsOf = (windows: readonly Loop[]) =>
  windows.map(({ window, trades }) => ({
    window,
    count: trades.length,
    total: trades.reduce((sum, { price }) => sum + price, 0) + 0,
    high: Math.max(...trades.map(({ price }) => price)) + 0,
  }));

const name = (of: unknown, start: number, end: number) => `${JSON.stringify(of)} ${start} ${end}`;

const played = (...[windows, stream, steps]: Parameters<typeof play>) => {
  const { late, rows } = play(windows, stream, steps);
  const named = rows.map((row: any) => ({
    window: name(row.key, row.start, row.end),
    count: row.count,
    total: row.total,
    high: row.high,
  }));
  return { rows: named, late };
};

/** The highest so far, at each place. */
const highest = (times: readonly number[]) =>
  times.map((_, at) => Math.max(...times.slice(0, at + 1)));

/** Time by arrival. */
const arrivals = (stream: readonly Trade[]) => highest(stream.map(({ arrival }) => arrival));

/** Up to where windows are closed once a record has come, by the records' own time. */
const bounds = (stream: readonly Trade[], latenessMs: number) =>
  highest(stream.map(({ at, arrival }) => Math.min(at, arrival))).map((time) => time - latenessMs);

const byWindow = (windows: readonly Loop[]) =>
  [...rowsOf(windows)].sort((a, b) => (a.window < b.window ? -1 : 1));
const sorted = (rows: ReturnType<typeof rowsOf>) =>
  [...rows].sort((a, b) => (a.window < b.window ? -1 : 1));

const put = (windows: Map<string, Trade[]>, window: string, trade: Trade) =>
  windows.set(window, [...(windows.get(window) ?? []), trade]);
const loops = (windows: Map<string, Trade[]>) =>
  [...windows].map(([window, trades]) => ({ window, trades }));

it("tumbling by arrival: the records of each five seconds and key, windows in the order of their ends", () => {
  fc.assert(
    fc.property(whole, playedSteps, (stream, steps) => {
      const times = arrivals(stream);
      const expected = new Map<string, Trade[]>();
      for (const [at, trade] of stream.entries()) {
        const start = times[at]! - (times[at]! % 5000);
        put(expected, name(trade.key, start, start + 5000), trade);
      }
      const { late, rows } = played(tumbling({ seconds: 5 }, { key, aggregate }), stream, steps);
      // By arrival a window is full before the next begins: the order of their first records is that of the windows.
      expect(rows).toEqual(rowsOf(loops(expected)));
      expect(late).toEqual([]);
    }),
  );
});

it.each([0, 1.5])(
  "hopping by time: each record in all its windows that are open, %f s late",
  (allowed) => {
    fc.assert(
      fc.property(whole, playedSteps, (stream, steps) => {
        const closed = bounds(stream, allowed * 1000);
        const expected = new Map<string, Trade[]>();
        const late = stream.filter((trade, at) => {
          let isLate = true;
          for (let start = -5000; start <= 5000; start += 1000) {
            const first = Math.floor(trade.at / 2000) * 2000 + start;
            const isIn = first % 2000 === 0 && first <= trade.at && trade.at < first + 5000;
            if (!isIn || first + 5000 <= closed[at]!) continue;
            put(expected, name(trade.key, first, first + 5000), trade);
            isLate = false;
          }
          return isLate;
        });
        const windows = hopping(
          { seconds: 5, everySeconds: 2 },
          { key, time, allowedLatenessInSeconds: allowed, aggregate },
        );
        const found = played(windows, stream, steps);
        expect(sorted(found.rows)).toEqual(byWindow(loops(expected)));
        expect(found.late).toEqual(late);
      }),
    );
  },
);

it("sliding by arrival: each record, and those of its key that came before it in three seconds", () => {
  fc.assert(
    fc.property(whole, playedSteps, (stream, steps) => {
      const times = arrivals(stream);
      const expected = stream.map((trade, at) => ({
        window: name(trade.key, times[at]! - 3000, times[at]!),
        trades: stream.filter(
          (other, place) =>
            place <= at &&
            JSON.stringify(other.key) === JSON.stringify(trade.key) &&
            times[place]! >= times[at]! - 3000,
        ),
      }));
      const { rows } = played(sliding({ seconds: 3 }, { key, aggregate }), stream, steps);
      expect(rows).toEqual(rowsOf(expected));
    }),
  );
});

it.each([0, 2])("sliding by time: what lies behind the record's own time, %i s late", (allowed) => {
  fc.assert(
    fc.property(whole, playedSteps, (stream, steps) => {
      const closed = bounds(stream, allowed * 1000);
      const isTaken = (trade: Trade, at: number) => trade.at >= closed[at]!;
      const expected = stream
        .map((trade, at) => ({
          window: name(trade.key, trade.at - 3000, trade.at),
          isTaken: isTaken(trade, at),
          trades: stream.filter(
            (other, place) =>
              place <= at &&
              isTaken(other, place) &&
              JSON.stringify(other.key) === JSON.stringify(trade.key) &&
              other.at >= trade.at - 3000 &&
              other.at <= trade.at,
          ),
        }))
        .filter(({ isTaken }) => isTaken);
      const windows = sliding(
        { seconds: 3 },
        { key, time, allowedLatenessInSeconds: allowed, aggregate },
      );
      expect(played(windows, stream, steps).rows).toEqual(rowsOf(expected));
    }),
  );
});

it("session by arrival: what comes within two seconds of the record of its key before it", () => {
  fc.assert(
    fc.property(whole, playedSteps, (stream, steps) => {
      const times = arrivals(stream);
      const expected: (Loop & { readonly end: number })[] = [];
      for (const key of new Set(stream.map((trade) => JSON.stringify(trade.key)))) {
        const places = [...stream.keys()].filter((at) => JSON.stringify(stream[at]!.key) === key);
        while (places.length > 0) {
          const isOver = places.findIndex(
            (place, at) => at > 0 && times[place]! - times[places[at - 1]!]! >= 2000,
          );
          const own = places.splice(0, isOver < 0 ? places.length : isOver);
          const end = times[own[own.length - 1]!]! + 2000;
          const window = name(JSON.parse(key), times[own[0]!]!, end);
          expected.push({ window, end, trades: own.map((at) => stream[at]!) });
        }
      }
      const { rows } = played(session({ gapSeconds: 2 }, { key, aggregate }), stream, steps);
      expect(sorted(rows)).toEqual(byWindow(expected));
      const ends = rows.map(({ window }) => Number(window.slice(window.lastIndexOf(" "))));
      expect(ends).toEqual([...ends].sort((a, b) => a - b));
    }),
  );
});

it.each([0, 2])(
  "session by time: records join what is open, and join two to one, %i s late",
  (allowed) => {
    fc.assert(
      fc.property(whole, playedSteps, (stream, steps) => {
        const closed = bounds(stream, allowed * 1000);
        let open: { key: string; start: number; end: number; trades: Trade[] }[] = [];
        const over: typeof open = [];
        const late: Trade[] = [];
        for (const [at, trade] of stream.entries()) {
          over.push(...open.filter(({ end }) => end <= closed[at]!));
          open = open.filter(({ end }) => end > closed[at]!);
          const key = JSON.stringify(trade.key);
          const met = open.filter(
            (one) => one.key === key && one.start < trade.at + 2000 && trade.at < one.end,
          );
          if (met.length === 0 && trade.at + 2000 <= closed[at]!) late.push(trade);
          else {
            open = open.filter((one) => !met.includes(one));
            open.push({
              key,
              start: Math.min(trade.at, ...met.map(({ start }) => start)),
              end: Math.max(trade.at + 2000, ...met.map(({ end }) => end)),
              trades: [...met.flatMap(({ trades }) => trades), trade],
            });
          }
        }
        const expected = [...over, ...open].map(({ key, start, end, trades }) => ({
          window: name(JSON.parse(key), start, end),
          trades,
        }));
        const windows = session(
          { gapSeconds: 2 },
          { key, time, allowedLatenessInSeconds: allowed, aggregate },
        );
        const found = played(windows, stream, steps);
        expect(sorted(found.rows)).toEqual(byWindow(expected));
        expect(found.late).toEqual(late);
      }),
    );
  },
);

it("stagger: AWS's own example, by the minute of the record's own time", () => {
  // https://docs.aws.amazon.com/kinesisanalytics/latest/dev/stagger-window-concepts.html
  const at = (text: string) => Date.parse(`2018-08-01T${text}Z`);
  const came = [
    ["11:00:10", "11:00:20"],
    ["11:00:20", "11:00:30"],
    ["11:00:30", "11:01:05"],
    ["11:01:10", "11:01:15"],
  ].map(([own, arrival]) => ({
    ...{ key: "AMZN", at: at(own!), arrival: at(arrival!), price: 1, user: "" },
  }));
  const windows = stagger(
    { seconds: 60 },
    { key: (t: Trade) => ["AMZN", Math.floor(t.at / 60_000)], aggregate: { count: count() } },
  );
  expect(
    play(windows, came).rows.map((row: any) => [new Date(row.end).toISOString(), row.count]),
  ).toEqual([
    ["2018-08-01T11:01:20.000Z", 3],
    ["2018-08-01T11:02:15.000Z", 1],
  ]);
});

it("sliding: rows of one time are taken one by one, and one that is exactly as old counts", () => {
  const came = [0, 3600, 3600].map((seconds, at) => ({
    ...{ key: "a", at: 0, arrival: seconds * 1000, price: [29, 2, 5][at]!, user: "" },
  }));
  const { rows } = play(
    sliding({ seconds: 3600 }, { aggregate: { total: sum((t: Trade) => t.price) } }),
    came,
  );
  expect(rows.map((row: any) => row.total)).toEqual([29, 31, 36]);
});
