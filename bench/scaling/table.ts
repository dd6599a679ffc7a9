/** The table of scalers in docs/scaling.md, between its markers. */
import { missesOf, type Row } from "../harness.ts";
import { between } from "../readme.ts";

const columns = ["ours", "aws-samples", "substation", "fixed", "known"] as const;
const head = [
  "| load | shardmill | aws-samples | substation | fixed | the day known | of aws-samples' hours | of what it refuses | goals |",
  "|---|---|---|---|---|---|---|---|---|",
];

/** Writes the rows that have scalers beside each other. */
export async function writeScalers(file: URL, rows: readonly Row[]): Promise<void> {
  await between(file, () => [...head, ...rows.filter(isCompared).map(lineOf)]);
}

const isCompared = ({ values }: Row) => typeof values.ours === "string";

function lineOf(row: Row): string {
  const { name, values, limits } = row;
  const cells = columns.map((column) => String(values[column] ?? "").replace(" and", ","));
  const share = (key: string) => Number(values[key]).toFixed(3);
  const refuses = Number(values["their refused share"]) > 0 ? share("of its throttled") : "–";
  const misses = missesOf(row).map((miss) => miss.split(" is ")[0]);
  const verdict =
    limits === undefined ? "" : misses.length > 0 ? `missed: ${misses.join(", ")}` : "met";
  return `| ${[name, ...cells, share("of its hours"), refuses, verdict].join(" | ")} |`;
}
