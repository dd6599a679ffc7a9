/** Windows in TypeScript beside Flink's table-valued functions. */

import { WindowMachine } from "../../../src/windows/machine.ts";
import { rowOf } from "../../../src/windows/rows.ts";
import {
  average,
  count,
  distinct,
  hopping,
  max,
  min,
  session,
  sliding,
  sum,
  tumbling,
  type Windows,
} from "../../../src/windows.ts";
import type { Query } from "./query.ts";
import { flights, timestamp } from "./tables.ts";

interface Flight {
  readonly ms: number;
  readonly origin: string;
  readonly destination: string;
  readonly delay: number;
  readonly distance: number;
}

const rows = flights.rows as unknown as readonly Flight[];
const keyed = { key: (f: Flight) => f.origin, time: (f: Flight) => f.ms, maxStateBytes: 2 ** 28 };
const delays = {
  flights: count<Flight>(),
  total: sum((f: Flight) => f.delay),
  low: min((f: Flight) => f.delay),
  high: max((f: Flight) => f.delay),
  mean: average((f: Flight) => f.delay),
};
const flinkDelays =
  "COUNT(*), SUM(delay), MIN(delay), MAX(delay), AVG(CAST(delay AS DOUBLE)) FROM TABLE";
const by = "GROUP BY origin, window_start, window_end";

export const windowQueries: readonly Query[] = [
  of(
    "tumbling hours",
    tumbling({ seconds: 3600 }, { ...keyed, aggregate: delays }),
    `SELECT origin, window_start, window_end, ${flinkDelays}(TUMBLE(TABLE flights, DESCRIPTOR(ts), INTERVAL '1' HOUR)) ${by}`,
  ),
  of(
    "hopping hours, each ten minutes",
    hopping({ seconds: 3600, everySeconds: 600 }, { ...keyed, aggregate: delays }),
    `SELECT origin, window_start, window_end, ${flinkDelays}(HOP(TABLE flights, DESCRIPTOR(ts), INTERVAL '10' MINUTE, INTERVAL '1' HOUR)) ${by}`,
  ),
  of(
    "hopping days, each six hours",
    hopping(
      { seconds: 86_400, everySeconds: 21_600 },
      { ...keyed, aggregate: { to: distinct((f: Flight) => f.destination, { atMost: 1000 }) } },
    ),
    `SELECT origin, window_start, window_end, COUNT(DISTINCT destination) FROM TABLE(HOP(TABLE flights, DESCRIPTOR(ts), INTERVAL '6' HOUR, INTERVAL '1' DAY)) ${by}`,
  ),
  of(
    "sessions of an airport",
    session({ gapSeconds: 7170 }, { ...keyed, aggregate: delays }),
    `SELECT origin, window_start, window_end, ${flinkDelays}(SESSION(TABLE flights PARTITION BY origin, DESCRIPTOR(ts), INTERVAL '7170' SECOND(5))) ${by}`,
    "streaming",
  ),
  of(
    "sessions of a route",
    session(
      { gapSeconds: 86_370 },
      { ...keyed, key: (f: Flight) => [f.origin, f.destination], aggregate: delays },
    ),
    `SELECT origin, destination, window_start, window_end, ${flinkDelays}(SESSION(TABLE flights PARTITION BY (origin, destination), DESCRIPTOR(ts), INTERVAL '86370' SECOND(5))) ${by}, destination`,
    "streaming",
  ),
  of(
    "the last three hours of each flight",
    sliding({ seconds: 10_800 }, { ...keyed, aggregate: delays }),
    `SELECT origin, ts - INTERVAL '3' HOUR, ts, COUNT(*) OVER w, SUM(delay) OVER w, MIN(delay) OVER w, MAX(delay) OVER w, AVG(CAST(delay AS DOUBLE)) OVER w FROM flights
     WINDOW w AS (PARTITION BY origin ORDER BY ts RANGE BETWEEN INTERVAL '3' HOUR PRECEDING AND CURRENT ROW)`,
    "streaming",
  ),
];

function of(
  name: string,
  window: Windows<Flight, any>,
  flink: string,
  mode: Query["mode"] = "batch",
): Query {
  return {
    ...{ name, flink, mode },
    run() {
      const { definition } = window as Windows<Flight, any> & { definition: any };
      const machine = new WindowMachine<Flight>(definition);
      for (const flight of rows) machine.absorb(flight, flight.ms);
      machine.closeAll();
      return machine.due.map((group) => {
        const row = rowOf(group, definition, "", "") as unknown as Record<string, unknown>;
        const { id: _, end, key, start, ...results } = row;
        const parts = Array.isArray(key) ? key : [key];
        const times = [timestamp(start as number), timestamp(end as number)];
        return [...parts, ...times, ...Object.values(results)];
      });
    },
  };
}
