/** The table of ratios in the README, between its markers. */
import { readFile, writeFile } from "node:fs/promises";
import type { Row } from "./harness.ts";

export interface Result {
  readonly set: string;
  readonly row: Row;
}

const [begin, end] = ["<!-- bench -->", "<!-- /bench -->"];

/** Writes the table. Throws where the README has no place for it. */
export async function writeReadme(file: URL, results: readonly Result[]): Promise<void> {
  const text = await readFile(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file.pathname} has no ${begin} … ${end}.`);
  const table = `${begin}\n${tableOf(results)}\n`;
  await writeFile(file, text.slice(0, from) + table + text.slice(to));
}

export function tableOf(results: readonly Result[]): string {
  return [
    "| what | beside | reached | goal |",
    "|---|---|---|---|",
    ...results.flatMap(({ set, row }) => {
      const reached = reachedBy(row);
      return reached ? [`| ${set}: ${row.name} | ${row.peer ?? ""} | ${reached} |`] : [];
    }),
  ].join("\n");
}

/** A ratio and its goal; undefined for a row that has none. */
function reachedBy({ values, limits = {}, atLeast = {} }: Row): string | undefined {
  const { ratio, times } = values;
  if (typeof times === "number") {
    return `${round(times)} × its time | ${goal("≤", limits.times)}`;
  }
  if (typeof ratio !== "number") return undefined;
  if ("gzip" in values || "ratio" in limits) {
    return `${round(ratio)} × its size | ${goal("≤", limits.ratio)}`;
  }
  return `${round(ratio)} × as fast | ${goal("≥", atLeast.ratio)}`;
}

const goal = (sign: string, limit: number | undefined) =>
  limit === undefined ? "" : `${sign} ${limit}`;

const round = (ratio: number) =>
  ratio >= 10 ? Math.round(ratio) : ratio.toFixed(ratio < 1 ? 2 : 1);
