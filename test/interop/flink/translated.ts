/** What `shardmill sql flink` makes of our statements, to be run by Flink as a stream. */
import { flinkApplication } from "../../../packages/cli/src/sql/flink/application.ts";
import { referenceTable, sourceTable } from "../../../packages/cli/src/sql/flink/tables.ts";
import { named } from "../../../packages/cli/src/sql/flink/words.ts";
import type { Query } from "./query.ts";
import { schema, sqlQueries } from "./sql-queries.ts";
import { airportColumns, tables } from "./tables.ts";

const references = { AIRPORTS: schema(airportColumns) };

/** Statements whose translation Flink runs; `missing`: those that have no equal, or mean a little else, and why. */
export function translated(folder: string): {
  readonly queries: readonly Query[];
  readonly missing: readonly string[];
} {
  const missing: string[] = [];
  const queries = sqlQueries.flatMap(({ application, name, run }): Query[] => {
    const { sql, table } = application!;
    const sources = { [table.toUpperCase()]: schema(tables[table].columns) };
    const made = flinkApplication(sql, sources, references);
    if (made.missing.length > 0) {
      missing.push(`${name}: ${made.missing.map(({ why }) => why).join(" ")}`);
      return [];
    }
    const unlike = made.notes.find(({ why }) => why.includes("a millisecond before"));
    if (unlike) {
      missing.push(`${name}, not compared: ${unlike.why}`);
      return [];
    }
    const file = (name: string) => ({
      ...{ connector: "filesystem", path: `${folder}/${name.toLowerCase()}.ndjson` },
      format: "json",
    });
    const source = table.toUpperCase();
    const columns = made.plan.streams.find((stream) => stream.name === "FOUND")!.columns;
    const statements = [
      `DROP TABLE IF EXISTS ${source}`,
      sourceTable(
        source,
        sources[source]!,
        ["ROWTIME AS ts", "WATERMARK FOR ROWTIME AS ROWTIME - INTERVAL '0.001' SECOND"],
        file(source),
      ),
      ...[...made.keys].flatMap(([name, keys]) => [
        `DROP TABLE IF EXISTS ${name}`,
        referenceTable(name, references.AIRPORTS, keys, file(name)),
      ]),
      ...made.views.flatMap((view) => [
        view
          .replace(/^CREATE (TEMPORARY VIEW `(?:[^`]|``)*`)[\s\S]*$/, "DROP $1")
          .replace("VIEW ", "VIEW IF EXISTS "),
        view,
      ]),
      `SELECT ${columns.map((column) => named(column.name)).join(", ")} FROM FOUND`,
    ];
    return [{ name: `translated, ${name}`, mode: "streaming", flink: statements.join(";\n"), run }];
  });
  return { queries, missing };
}
