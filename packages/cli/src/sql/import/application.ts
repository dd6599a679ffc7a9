/** An application of Kinesis Analytics as AWS describes it: in either version of the API, or in a template. */
import { type SourceSchema, schemaOf } from "../../../../../src/sql.ts";

type Given = Readonly<Record<string, any>>;

/** A stream, a delivery stream or a function, by its ARN; undefined: only the cloud knows it. */
export interface Target {
  readonly kind: "stream" | "deliveryStream" | "function";
  readonly arn: string | undefined;
}

export interface AnalyticsInput {
  /** The names that it has in the SQL: `SOURCE_SQL_STREAM_001`, … */
  readonly names: readonly string[];
  readonly source: Target | undefined;
  readonly schema: SourceSchema;
  /** The function that records went through first. */
  readonly preprocessor: string | undefined;
  readonly isFromNow: boolean;
}

export interface AnalyticsOutput {
  /** The stream in the SQL. */
  readonly name: string;
  readonly to: Target | undefined;
  readonly format: "JSON" | "CSV";
}

export interface AnalyticsReference {
  readonly table: string;
  readonly schema: SourceSchema;
  /** `s3://bucket/key`; undefined: only the cloud knows it. */
  readonly object: string | undefined;
}

export interface AnalyticsApplication {
  readonly name: string;
  readonly code: string;
  readonly inputs: readonly AnalyticsInput[];
  readonly outputs: readonly AnalyticsOutput[];
  readonly references: readonly AnalyticsReference[];
}

/**
 * Reads `ApplicationDetail` of describe-application, what create-application takes, or properties of a resource. `beside`: outputs and reference tables
 * that stand in resources of their own. Throws what is missing, with `where`.
 */
export function applicationOf(
  given: Given,
  where: string,
  beside: { readonly outputs?: readonly Given[]; readonly references?: readonly Given[] } = {},
): AnalyticsApplication {
  const name: string = given.ApplicationName ?? "application";
  const runtime: string | undefined = given.RuntimeEnvironment;
  if (runtime !== undefined && !runtime.startsWith("SQL")) {
    throw new Error(`${where}: the application ${name} runs ${runtime}, which is no SQL.`);
  }
  const configuration = described(given, "ApplicationConfiguration") ?? {};
  const sql = described(configuration, "SqlApplicationConfiguration") ?? given;
  const content = described(
    described(configuration, "ApplicationCodeConfiguration") ?? {},
    "CodeContent",
  );
  const code: unknown = given.ApplicationCode ?? content?.TextContent;
  if (typeof code !== "string" || code.trim() === "") {
    throw new Error(
      `${where}: the SQL of ${name} is not there${content ? ": it is in S3, or known in the cloud only. What describe-application says has it" : ""}.`,
    );
  }
  const inputs = list(sql, "Input").map((input) =>
    inputOf(input, `${where}: the input of ${name}`),
  );
  if (inputs.length === 0) throw new Error(`${where}: ${name} has no input.`);
  const outputs = [...list(sql, "Output"), ...(beside.outputs ?? []).map(({ Output }) => Output)];
  const tables = [
    ...list(sql, "ReferenceDataSource"),
    ...(beside.references ?? []).map(({ ReferenceDataSource }) => ReferenceDataSource),
  ];
  return {
    ...{ name, code, inputs },
    outputs: outputs.filter(Boolean).map(outputOf),
    references: tables
      .filter(Boolean)
      .map((table) => referenceOf(table, `${where}: the reference table ${table.TableName}`)),
  };
}

/** What is asked and what is answered differ in the ends of their names. */
const described = (given: Given, name: string): Given | undefined =>
  given[name] ?? given[`${name}Description`];

const list = (given: Given, name: string): readonly Given[] =>
  given[`${name}s`] ?? given[`${name}Descriptions`] ?? [];

function targetOf(given: Given, end: "Input" | "Output"): Target | undefined {
  const kinds = [
    [`KinesisStreams${end}`, "stream"],
    [`KinesisFirehose${end}`, "deliveryStream"],
    [`Lambda${end}`, "function"],
  ] as const;
  for (const [name, kind] of kinds) {
    const found = described(given, name);
    if (found) return { kind, arn: text(found.ResourceARN) };
  }
  return undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

function inputOf(given: Given, where: string): AnalyticsInput {
  const prefix: string = given.NamePrefix ?? "SOURCE_SQL_STREAM";
  const count = Number(given.InputParallelism?.Count ?? 1);
  const names = Array.from(
    { length: count },
    (_, at) => `${prefix}_${String(at + 1).padStart(3, "0")}`,
  );
  const processing = described(given, "InputProcessingConfiguration");
  const processor = processing && described(processing, "InputLambdaProcessor");
  return {
    names: given.InAppStreamNames?.length > 0 ? given.InAppStreamNames : names,
    source: targetOf(given, "Input"),
    schema: schemaOf(given.InputSchema, where),
    preprocessor: processor && (text(processor.ResourceARN) ?? "a function"),
    isFromNow: given.InputStartingPositionConfiguration?.InputStartingPosition !== "TRIM_HORIZON",
  };
}

const outputOf = (given: Given): AnalyticsOutput => ({
  name: given.Name,
  to: targetOf(given, "Output"),
  format: given.DestinationSchema?.RecordFormatType === "CSV" ? "CSV" : "JSON",
});

function referenceOf(given: Given, where: string): AnalyticsReference {
  const place = described(given, "S3ReferenceDataSource") ?? {};
  const bucket = text(place.BucketARN)?.replace(/^arn:[\w-]*:s3:::/, "");
  return {
    table: given.TableName,
    schema: schemaOf(given.ReferenceSchema, where),
    object: bucket && text(place.FileKey) ? `s3://${bucket}/${place.FileKey}` : undefined,
  };
}
