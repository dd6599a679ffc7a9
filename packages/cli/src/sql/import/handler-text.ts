/** The handler of an application that was imported: TypeScript. */
import type { SourceSchema } from "../../../../../src/sql.ts";
import type { AnalyticsOutput, AnalyticsReference } from "./application.ts";
import type { Planned } from "./planned.ts";

export function handlerText(planned: Planned): string {
  const { application, errors, outputs, references, source } = planned;
  const all = [...outputs, ...(errors ? [errors] : [])];
  const has = (kind: string) => all.some(({ to }) => to?.kind === kind);
  const isCsv = all.some(({ format, to }) => format === "CSV" && to);
  const sinks = [
    ...(has("deliveryStream") ? ["firehoseSink"] : []),
    ...(has("stream") ? ["kinesisSink"] : []),
  ];
  const tables = [...new Set(references.map(readerOf))].sort();
  const sql = [...tables, "sqlConsumer"];
  const lines = [
    ...(has("function")
      ? [
          `import { randomUUID } from "node:crypto";`,
          `import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";`,
        ]
      : []),
    `import { dynamodbProgress } from "shardmill/dynamodb";`,
    ...(sinks.length > 0 ? [`import { ${sinks.join(", ")} } from "shardmill/sinks";`] : []),
    `import { ${sql.join(", ")}${has("function") ? ", type SqlOutput" : ""} } from "shardmill/sql";`,
    "",
    `/** ${commented(application.name)}, once an application of Kinesis Analytics. */`,
    "export const handler = sqlConsumer({",
    `  consumer: ${quoted(planned.consumer)},`,
    `  sql: new URL("./app.sql", import.meta.url),`,
    "  source: {",
    `    ${key(source.name)}: ${schemaText(source.schema, "    ")},`,
    "  },",
    ...(planned.startedAt === undefined
      ? []
      : [
          "  // What CURRENT_TIMESTAMP says.",
          `  startedAt: Date.parse(${quoted(planned.startedAt)}),`,
        ]),
    ...referenceLines(references),
    "  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),",
    "  output: {",
    ...outputs.flatMap((output) => [`    ${key(output.name)}: ${sinkText(output)},`]),
    "  },",
    ...(errors ? [`  errors: ${sinkText(errors)},`] : []),
    "});",
  ];
  return `${lines.join("\n")}\n${isCsv ? csvText : ""}${has("function") ? functionText : ""}`;
}

/** The variable that a sink or a table reads its name from. */
export const variableOf = (name: string, end: string): string =>
  `${name.replace(/\W+/g, "_").toUpperCase()}_${end}`;

export const endOf = { stream: "STREAM", deliveryStream: "DELIVERY_STREAM", function: "FUNCTION" };

function sinkText({
  format,
  name,
  to,
}: AnalyticsOutput & { readonly to: NonNullable<AnalyticsOutput["to"]> }): string {
  const variable = `process.env.${variableOf(name, endOf[to.kind])}`;
  const csv = format === "CSV";
  switch (to.kind) {
    case "stream":
      return `kinesisSink({ streamName: ${variable}${csv ? ", data: csvLine" : ""} })`;
    case "deliveryStream":
      return `firehoseSink({ deliveryStreamName: ${variable}, data: ${csv ? "csvLine" : '(row) => JSON.stringify(row) + "\\n"'} })`;
    case "function":
      return `toFunction(${variable}${csv ? ", csvLine" : ""})`;
  }
}

function referenceLines(references: readonly AnalyticsReference[]): readonly string[] {
  if (references.length === 0) return [];
  const tables = references.map((reference) => {
    const { schema, table } = reference;
    const options = schemaText(schema, "    ", {
      // As Kinesis Analytics did: a line with names would be a row.
      ...(readerOf(reference) === "s3Csv" ? { header: "false" } : {}),
    });
    return `    ${key(table)}: ${readerOf(reference)}(process.env.${variableOf(table, "OBJECT")}, ${options}),`;
  });
  return ["  reference: {", ...tables, "  },"];
}

const readerOf = ({ schema }: AnalyticsReference) =>
  schema.recordFormatType === "CSV" ? "s3Csv" : "s3Json";

function schemaText(
  schema: SourceSchema,
  indent: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const {
    recordColumnDelimiter: columns,
    recordColumns,
    recordFormatType: type,
    recordRowDelimiter: rows,
    recordRowPath: path,
  } = schema;
  const isCsv = type === "CSV";
  const members = {
    ...(isCsv && more.header === undefined ? { recordFormatType: quoted("CSV") } : {}),
    ...more,
    ...(isCsv && columns !== undefined && columns !== ","
      ? { recordColumnDelimiter: quoted(columns) }
      : {}),
    ...(isCsv && rows !== undefined && rows !== "\n" ? { recordRowDelimiter: quoted(rows) } : {}),
    ...(!isCsv && path !== undefined && path !== "$" ? { recordRowPath: quoted(path) } : {}),
  };
  const lines = Object.entries(members).map(([name, value]) => `${indent}  ${name}: ${value},`);
  const shown = recordColumns.map(({ mapping, name, sqlType }) => {
    const place = mapping === undefined || isCsv ? "" : `, mapping: ${quoted(mapping)}`;
    return `${indent}    { name: ${quoted(name)}, sqlType: ${quoted(sqlType)}${place} },`;
  });
  return [
    "{",
    ...lines,
    `${indent}  recordColumns: [`,
    ...shown,
    `${indent}  ],`,
    `${indent}}`,
  ].join("\n");
}

const quoted = (text: string) => JSON.stringify(text);
const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));
const commented = (text: string) => text.replaceAll("*/", "* /");

const csvText = `
/** A row as a line of CSV. */
function csvLine(row: Readonly<Record<string, unknown>>): string {
  const cells = Object.values(row).map((value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\\r\\n]/.test(text) ? \`"\${text.replaceAll('"', '""')}"\` : text;
  });
  return \`\${cells.join(",")}\\n\`;
}
`;

const functionText = `
/** Invokes a function as Kinesis Analytics did. It answers for each row; one that it does not deliver comes again. */
function toFunction(
  FunctionName: string | undefined,
  write: (row: Readonly<Record<string, unknown>>) => string = (row) => JSON.stringify(row),
): SqlOutput {
  if (!FunctionName) throw new TypeError("An output has no function: set its variable of the environment.");
  const lambda = new LambdaClient({});
  return async (rows) => {
    const records = rows.map(({ idempotencyKey, value }) => ({
      recordId: idempotencyKey,
      lambdaDeliveryRecordMetadata: { retryHint: 0 },
      data: Buffer.from(write(value)).toString("base64"),
    }));
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName,
        Payload: JSON.stringify({ invocationId: randomUUID(), applicationArn: "", records }),
      }),
    );
    const answer = Buffer.from(Payload ?? []).toString("utf8");
    if (FunctionError) throw new Error(\`\${FunctionName} failed: \${answer}\`);
    const answers: { recordId: string; result: string }[] = JSON.parse(answer)?.records ?? [];
    const delivered = new Set(
      answers.flatMap(({ recordId, result }) => (result === "Ok" ? [recordId] : [])),
    );
    return {
      failed: rows
        .filter(({ idempotencyKey }) => !delivered.has(idempotencyKey))
        .map((record) => ({ record, error: new Error(\`\${FunctionName} did not deliver it.\`) })),
    };
  };
}
`;
