/** What Flink and we are asked about: flights, collisions with birds, and airports, all of vega-datasets, in the order of time. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const data = new URL("../../../node_modules/vega-datasets/data/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, data), "utf8");

/** A row of a table, with its time in epoch milliseconds, which no other row has. */
export type Dated = Readonly<Record<string, string | number | null>> & { readonly ms: number };

export interface Table {
  /** `name TYPE, …`, as both of us read them. `ts` is the row's time. */
  readonly columns: string;
  readonly rows: readonly Dated[];
}

/** 20,000 rows. */
export const flights: Table = {
  columns:
    "ts TIMESTAMP, origin VARCHAR(3), destination VARCHAR(3), delay INTEGER, distance INTEGER",
  rows: dated(
    JSON.parse(read("flights-20k.json")).map(
      ({ date, ...rest }: { readonly date: string }): Dated => ({
        ...rest,
        ms: Date.parse(`${date.replaceAll("/", "-").replace(" ", "T")}Z`),
      }),
    ),
  ),
};

/** 10,000 rows, some of whose values are missing. */
export const strikes: Table = {
  columns:
    "ts TIMESTAMP, airport VARCHAR(80), aircraft VARCHAR(40), damage VARCHAR(20), operator VARCHAR(60), state VARCHAR(30), phase VARCHAR(30), species VARCHAR(60), cost INTEGER, speed INTEGER",
  rows: dated(
    csv(read("birdstrikes.csv")).map((row): Dated => {
      const whole = (name: string) => (row[name] === "" ? null : Number(row[name]));
      const text = (name: string) => (row[name] === "" ? null : row[name]!);
      return {
        ms: Date.parse(`${row["Flight Date"]}T00:00Z`),
        airport: text("Airport Name"),
        aircraft: text("Aircraft Make Model"),
        damage: text("Effect Amount of damage"),
        operator: text("Aircraft Airline Operator"),
        state: text("Origin State"),
        phase: text("Phase of flight"),
        species: text("Wildlife Species"),
        cost: whole("Cost Total $"),
        speed: whole("Speed IAS in knots"),
      };
    }),
  ),
};

/** A reference table. */
export const airports = csv(read("airports.csv")).map(({ city, iata, latitude, state }) => ({
  iata: iata!,
  city: city!,
  state: state!,
  latitude: Number(latitude),
}));
export const airportColumns =
  "iata VARCHAR(4), city VARCHAR(60), state VARCHAR(4), latitude DOUBLE";

export const tables = { flights, strikes };

/** As texts of both: 2001-01-31 16:40:00.000. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}

/** In the order of time. Of rows of one minute each is a millisecond later than the one before. */
function dated(rows: readonly Dated[]): readonly Dated[] {
  let last = Number.NEGATIVE_INFINITY;
  return rows
    .toSorted((a, b) => a.ms - b.ms)
    .map((row) => {
      last = Math.max(row.ms, last + 1);
      return { ...row, ms: last, ts: timestamp(last) };
    });
}

function csv(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = [], ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
        quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
      ),
    );
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ""])));
}

/** Writes the tables, and how Flink reads them. */
export function writeTables(folder: string): void {
  const statements = Object.entries({
    ...tables,
    airports: { columns: airportColumns, rows: airports },
  }).map(([name, { columns, rows }]) => {
    const file = join(folder, `${name}.ndjson`);
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
    const types = columns.replace("ts TIMESTAMP", "ts TIMESTAMP(3)");
    const watermark = types === columns ? "" : ", WATERMARK FOR ts AS ts";
    return `CREATE TABLE ${name} (${types}${watermark}) WITH ('connector' = 'filesystem', 'path' = '${file}', 'format' = 'json');\n`;
  });
  writeFileSync(join(folder, "tables.sql"), statements.join(""));
}
