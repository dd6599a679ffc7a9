/** The whole script: sources, reference tables, views, outputs, and one statement set. */
import type { SourceSchema } from "../../../../../src/sql.ts";
import type { FlinkApplication } from "./application.ts";
import { outputTable, referenceTable, sourceTable } from "./tables.ts";
import { named } from "./words.ts";

/** ROWTIME is the record's arrival. Flink's OVER drops rows that tie unless the watermark is a millisecond behind. */
export const arrivalTime = [
  "`arrival` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL",
  "`SHARD_ID` VARCHAR(128) NOT NULL METADATA FROM 'shard-id' VIRTUAL",
  "`SEQUENCE_NUMBER` VARCHAR(128) NOT NULL METADATA FROM 'sequence-number' VIRTUAL",
  "`ROWTIME` AS CAST(`arrival` AS TIMESTAMP(3))",
  "`APPROXIMATE_ARRIVAL_TIME` AS CAST(`arrival` AS TIMESTAMP(3))",
  "WATERMARK FOR `ROWTIME` AS `ROWTIME` - INTERVAL '0.001' SECOND",
];

const kinesis = (name: string) => ({
  connector: "kinesis",
  "stream.arn": `arn:aws:kinesis:REGION:ACCOUNT:stream/${name}`,
  "aws.region": "REGION",
});

/** Throws NoTable for a schema that Flink's formats do not read. */
export function scriptOf(
  { keys, plan, views }: FlinkApplication,
  sources: Readonly<Record<string, SourceSchema>>,
  references: Readonly<Record<string, SourceSchema>>,
  outputs: readonly string[],
  file: string,
): string {
  const format = (schema: SourceSchema): Readonly<Record<string, string>> =>
    schema.recordFormatType === "CSV"
      ? {
          format: "csv",
          "csv.field-delimiter": schema.recordColumnDelimiter ?? ",",
          "csv.ignore-parse-errors": "true",
        }
      : { format: "json", "json.ignore-parse-errors": "true" };
  const tables = [
    ...Object.entries(sources).map(([name, schema]) =>
      sourceTable(name, schema, arrivalTime, {
        ...kinesis(name),
        "source.init.position": "TRIM_HORIZON",
        ...format(schema),
      }),
    ),
    ...[...keys].map(([name, columns]) =>
      referenceTable(name, references[name]!, columns, {
        connector: "filesystem",
        path: `s3://BUCKET/${name}`,
        ...format(references[name]!),
      }),
    ),
  ];
  const sinks = outputs.map((name) => {
    const { columns } = plan.streams.find((stream) => stream.name === name)!;
    return {
      name,
      columns,
      table: outputTable(`${name} out`, columns, { ...kinesis(name), format: "json" }),
    };
  });
  const inserts = sinks.map(
    ({ columns, name }) =>
      `INSERT INTO ${named(`${name} out`)} SELECT ${columns.map((column) => named(column.name)).join(", ")} FROM ${named(name)};`,
  );
  const statements = [
    "SET 'table.local-time-zone' = 'UTC'",
    ...tables,
    ...views,
    ...sinks.map(({ table }) => table),
  ];
  return `-- ${file} as Flink SQL. Put your region, account, streams and buckets in place of the names in capitals.
-- What Kinesis Analytics gives its error stream, such as a division by zero, ends the job there; records that cannot be read are left out.
${statements.map((statement) => `${statement};\n`).join("\n")}
EXECUTE STATEMENT SET BEGIN
${inserts.join("\n")}
END;
`;
}
