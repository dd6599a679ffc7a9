/** The table of ratios in the README, between its markers. */
import { readFile, writeFile } from "node:fs/promises";
import type { Row } from "./harness.ts";

/** What a set of rows has found. */
export interface Results {
  readonly set: string;
  readonly rows: readonly Row[];
}

const [begin, end] = ["<!-- bench -->", "<!-- /bench -->"];
const head = ["| what | beside | reached | goal |", "|---|---|---|---|"];

/**
 * Writes the rows of these sets into the table, and leaves those of the others as they are. `order` names
 * all sets. Throws where the README has no place for it.
 */
export async function writeReadme(
  file: URL,
  results: readonly Results[],
  order: readonly string[],
): Promise<void> {
  const text = await readFile(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file.pathname} has no ${begin} … ${end}.`);
  const present = text.slice(from, to).split("\n");
  const lines = order.flatMap((set) => {
    const found = results.find((result) => result.set === set);
    return found
      ? found.rows.flatMap((row) => lineOf(set, row) ?? [])
      : present.filter((line) => line.startsWith(`| ${set}: `));
  });
  const table = [begin, ...head, ...lines, ""].join("\n");
  await writeFile(file, text.slice(0, from) + table + text.slice(to));
}

/** Undefined: the row has no ratio. */
function lineOf(set: string, row: Row): string | undefined {
  const reached = reachedBy(row);
  return reached && `| ${set}: ${row.name} | ${row.peer ?? ""} | ${reached} |`;
}

/** A ratio and its goal. */
function reachedBy({ values, limits = {}, atLeast = {} }: Row): string | undefined {
  const { ratio, size, times } = values;
  if (typeof size === "number") return `${round(size)} × its size | ${goal("≤", limits.size)}`;
  if (typeof times === "number") {
    return `${round(times)} × its time | ${goal("≤", limits.times)}`;
  }
  if (typeof ratio !== "number") return undefined;
  if (limits.ratio !== undefined) return `${round(ratio)} × its time | ${goal("≤", limits.ratio)}`;
  return `${round(ratio)} × as fast | ${goal("≥", atLeast.ratio)}`;
}

const goal = (sign: string, limit: number | undefined) =>
  limit === undefined ? "" : `${sign} ${limit}`;

const round = (ratio: number) =>
  ratio >= 10 ? String(Math.round(ratio)) : ratio.toFixed(ratio < 1 ? 2 : 1);
