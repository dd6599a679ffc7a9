import type { Flight } from "./producer.ts";

/** What the table says of an airport. */
export interface Airport {
  readonly flights: number;
  readonly delay: number;
}

export interface Comparison {
  /** Flights that the table should have counted and has not. */
  readonly lost: number;
  /** Flights that it has counted once too often. */
  readonly repeated: number;
  /** Airports whose sum of delays is wrong. */
  readonly wrongDelays: number;
}

/** What a plain loop over the file counts, by what `groupOf` gives. */
export function countPlainly(
  flights: readonly Flight[],
  groupOf: (flight: Flight) => string,
): Map<string, Airport> {
  const airports = new Map<string, Airport>();
  for (const flight of flights) {
    const group = groupOf(flight);
    const before = airports.get(group) ?? { flights: 0, delay: 0 };
    airports.set(group, { flights: before.flights + 1, delay: before.delay + flight.delay });
  }
  return airports;
}

export function compare(
  table: ReadonlyMap<string, Airport>,
  plain: ReadonlyMap<string, Airport>,
): Comparison {
  let lost = 0;
  let repeated = 0;
  let wrongDelays = 0;
  for (const airport of new Set([...table.keys(), ...plain.keys()])) {
    const counted = table.get(airport) ?? { flights: 0, delay: 0 };
    const expected = plain.get(airport) ?? { flights: 0, delay: 0 };
    lost += Math.max(0, expected.flights - counted.flights);
    repeated += Math.max(0, counted.flights - expected.flights);
    if (counted.delay !== expected.delay) wrongDelays++;
  }
  return { lost, repeated, wrongDelays };
}

/** The busiest airports, with a bar each. */
export function barChart(table: ReadonlyMap<string, Airport>, top = 8, width = 40): string {
  const busiest = [...table].sort((a, b) => b[1].flights - a[1].flights).slice(0, top);
  const most = busiest[0]?.[1].flights ?? 1;
  return busiest
    .map(([airport, { flights, delay }]) => {
      const bar = "█".repeat(Math.max(1, Math.round((width * flights) / most)));
      const mean = (delay / flights).toFixed(1).padStart(5);
      return `  ${airport}  ${bar.padEnd(width)} ${String(flights).padStart(5)} flights, ${mean} min late on average`;
    })
    .join("\n");
}
