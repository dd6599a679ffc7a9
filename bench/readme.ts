/** The tables of ratios in README.md and in docs/bench, between their markers. */
import { readFile, writeFile } from "node:fs/promises";
import type { Row } from "./harness.ts";

/** What a set of rows has found. */
export interface Results {
  readonly set: string;
  readonly rows: readonly Row[];
}

const [begin, end] = ["<!-- bench -->", "<!-- /bench -->"];
const head = ["| what | beside | reached | goal |", "|---|---|---|---|"];

/** The rows that README.md shows, by how their lines begin. docs/bench has all of them. */
export const headlines: readonly string[] = [
  "kpl: decode 100 × 200 B, MD5 checked in SIMD lanes |",
  "batch: 10,000 records, no decoding |",
  "batch: 10,000 records, JSON and a zod schema |",
  "batch: the same, Powertools without its parser |",
  "progress: 10,000 records, batches of 100, an empty effect |",
  "simulator: PutRecords 500 × 200 B, one client | kinesalite |",
  "simulator: GetRecords, Limit 10,000, 200 B | kinesalite |",
  "simulator: PutRecords 500 × 200 B, one client | ferrokinesis |",
  "mapping: 1,000,000 records, JSON, batches of 1,000 |",
  "cold: a bundled handler imported, SDK left out |",
];

/**
 * Writes the rows of these sets into the table, and leaves those of the others as they are. `order` names
 * all sets; `shown`, where it is given, what lines begin with. Throws where the file has no place for a table.
 */
export async function writeTable(
  file: URL,
  results: readonly Results[],
  order: readonly string[],
  shown?: readonly string[],
): Promise<void> {
  await between(file, (present) => tableOf(results, order, shown, present));
}

/** Writes lines between the file's markers anew, by what is there. Throws where it has none. */
export async function between(
  file: URL,
  write: (present: readonly string[]) => readonly string[],
): Promise<void> {
  const text = await readFile(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file.pathname} has no ${begin} … ${end}.`);
  const lines = [begin, ...write(text.slice(from, to).split("\n")), ""];
  await writeFile(file, text.slice(0, from) + lines.join("\n") + text.slice(to));
}

function tableOf(
  results: readonly Results[],
  order: readonly string[],
  shown: readonly string[] | undefined,
  present: readonly string[],
): readonly string[] {
  const lines = order.flatMap((set) => {
    const found = results.find((result) => result.set === set);
    return found
      ? found.rows.flatMap((row) => lineOf(set, row) ?? [])
      : present.filter((line) => line.startsWith(`| ${set}: `));
  });
  const isShown = (line: string) => shown?.some((head) => line.startsWith(`| ${head}`)) ?? true;
  return [...head, ...lines.filter(isShown)];
}

/** Undefined: the row has no ratio. */
function lineOf(set: string, row: Row): string | undefined {
  const reached = reachedBy(row);
  return reached && `| ${set}: ${row.name} | ${row.peer ?? ""} | ${reached} |`;
}

/** A ratio and its goal. */
function reachedBy({ values, limits = {}, atLeast = {} }: Row): string | undefined {
  const { ratio, share, size, times } = values;
  if (typeof share === "number") return `${round(share)} of it | ${goal("≤", limits.share)}`;
  if (typeof size === "number") return `${round(size)} × its size | ${goal("≤", limits.size)}`;
  if (typeof times === "number") {
    return `${round(times)} × its time | ${goal("≤", limits.times)}`;
  }
  if (typeof ratio !== "number") return undefined;
  if (limits.ratio !== undefined) return `${round(ratio)} × its time | ${goal("≤", limits.ratio)}`;
  const shares = Object.entries(atLeast).filter(([name]) => name.startsWith("share of "));
  const reached = shares.map(([name]) => `${round(values[name] as number)} of ${name.slice(9)}`);
  const goals = shares.map(([, least]) => goal("≥", least));
  return `${[`${round(ratio)} × as fast`, ...reached].join(", ")} | ${[goal("≥", atLeast.ratio), ...goals].join(", ")}`;
}

const goal = (sign: string, limit: number | undefined) =>
  limit === undefined ? "" : `${sign} ${limit}`;

const round = (ratio: number) =>
  ratio >= 10 ? String(Math.round(ratio)) : ratio.toFixed(ratio < 1 ? 2 : 1);
