/** Names, texts, types and lengths as Flink writes them. */
import type { SqlType } from "../../../../../src/sql/types/sql-type.ts";

export const named = (name: string): string => `\`${name.replaceAll("`", "``")}\``;
export const texted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const units = [
  ["DAY", 86_400_000],
  ["HOUR", 3_600_000],
  ["MINUTE", 60_000],
  ["SECOND", 1000],
] as const;

/** In the longest unit that it is a multiple of, by two digits at most: more are not taken by OVER. */
export function lengthOf(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  const whole = units.find(([, unit]) => size % unit === 0 && size / unit < 100);
  if (whole) return `INTERVAL '${sign}${size / whole[1]}' ${whole[0]}`;
  const time = new Date(size % 86_400_000).toISOString().slice(11, -1);
  const days = Math.floor(size / 86_400_000);
  return `INTERVAL '${sign}${days} ${time}' DAY${days > 99 ? `(${String(days).length})` : ""} TO SECOND(3)`;
}

/** Longer than any text of Kinesis Analytics. */
const longest = 65_535;

export function typed({ length, name, precision, scale }: SqlType): string | undefined {
  switch (name) {
    case "INTEGER":
      return "INT";
    case "REAL":
      return "FLOAT";
    case "TIMESTAMP":
      return "TIMESTAMP(3)";
    case "TIME":
      return "TIME(3)";
    case "DECIMAL":
      return `DECIMAL(${precision ?? 19}, ${scale ?? 0})`;
    case "VARCHAR":
      return (length ?? 1) >= longest ? "STRING" : `VARCHAR(${length ?? 1})`;
    case "CHAR":
      return `CHAR(${length ?? 1})`;
    case "BOOLEAN":
    case "TINYINT":
    case "SMALLINT":
    case "BIGINT":
    case "DOUBLE":
    case "DATE":
      return name;
    default:
      return undefined;
  }
}

/** A time as epoch milliseconds: Flink's own function has whole seconds, of the clock's zone. */
export const millilengthOf = (time: string): string =>
  `(1000 * CAST(TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', ${time}) AS BIGINT) + EXTRACT(MILLISECOND FROM ${time}))`;

export const momentOf = (ms: string): string => `CAST(TO_TIMESTAMP_LTZ(${ms}, 3) AS TIMESTAMP(3))`;
