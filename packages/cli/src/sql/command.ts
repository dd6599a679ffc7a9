/** `shardmill sql`: an application of Kinesis Analytics' SQL, run over a file, checked, explained. */
import {
  discoverSchema,
  type ErrorRow,
  excerptOf,
  type OutputRow,
  type SourceSchema,
  type SqlApplication,
  SqlError,
  schemaOf,
  sqlApplication,
} from "../../../../src/sql.ts";
import { type CommandSurroundings, type Outputs, runCommand } from "../command-line/run-command.ts";
import { readText } from "../input/index.ts";
import { printFlink } from "./flink/command.ts";
import { sqlHelp } from "./help.ts";
import { asAws, importApplication } from "./import/import.ts";
import { recordsOf, type TimedRecord } from "./records.ts";
import { type SqlSettings, sqlSettings } from "./settings.ts";
import { tableOf } from "./table.ts";

type Surroundings = Pick<CommandSurroundings, "out" | "err"> & {
  readonly input?: AsyncIterable<Uint8Array | string>;
  /** Where files are read and written. @default process.cwd() */
  readonly cwd?: string;
  /** @default Date.now */
  readonly now?: () => number;
};

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await sqlCommand(["run", "app.sql", "--input", "events.ndjson"]);
 */
export async function sqlCommand(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<number> {
  return runCommand("sql", surroundings, async (outputs) => {
    const settings = sqlSettings(args);
    if (settings.help) {
      outputs.out.write(sqlHelp);
      return 0;
    }
    if (settings.action === "import") {
      const now = new Date(surroundings.now?.() ?? Date.now()).toISOString();
      return importApplication(settings, outputs, { cwd: surroundings.cwd ?? process.cwd(), now });
    }
    const records =
      settings.input === undefined
        ? []
        : await recordsOf(settings.input, settings, surroundings.input);
    if (settings.action === "discover") return discover(records, outputs);
    const text = await readText(settings.file, undefined, "the SQL ");
    try {
      if (settings.action === "flink") {
        const { reference, source } = await schemasOf(settings, records);
        const { file, streams } = settings;
        return printFlink(text, { file, streams, references: reference, sources: source }, outputs);
      }
      const { app, references } = await applicationOf(text, settings, records);
      if (settings.action === "run") return play(app, references, records, settings, outputs);
      outputs.out.write(
        settings.action === "explain"
          ? explained(app, settings)
          : `${settings.file}: ${app.pumps.length} pumps, nothing is wrong.\n`,
      );
      return 0;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      throw new Error(`${error.in(settings.file).message}\n\n${excerptOf(text, error)}`, {
        cause: error,
      });
    }
  });
}

function discover(records: readonly TimedRecord[], { err, out }: Outputs): number {
  const found = discoverSchema(records.map(({ value }) => value));
  out.write(`${JSON.stringify(asAws(found.schema), undefined, 2)}\n`);
  const often = Object.entries(found.missing).filter(([, count]) => count > 0);
  for (const [name, count] of often)
    err.write(`${name} is missing or null in ${count} of ${found.records} records.\n`);
  return 0;
}

async function applicationOf(sql: string, settings: SqlSettings, records: readonly TimedRecord[]) {
  const { partitionKey, source, startedAt = records[0]?.arrival ?? settings.start } = settings;
  const { reference, rows, source: sources } = await schemasOf(settings, records);
  const app = sqlApplication({
    ...{ sql, source: sources, reference, startedAt },
    ...(partitionKey === undefined ? {} : { partitionKey: { [source]: partitionKey } }),
  });
  return { app, references: rows };
}

/** Of the source and the reference tables; and the rows of these. */
async function schemasOf(settings: SqlSettings, records: readonly TimedRecord[]) {
  const schema = await sourceSchema(settings, records);
  const tables = await Promise.all(
    settings.references.map(async ({ file, name }) => {
      const rows = (
        await recordsOf(file, { ...settings, format: undefined, each: undefined, time: undefined })
      ).map(({ value }) => value);
      return [name, discoverSchema(rows).schema, rows] as const;
    }),
  );
  return {
    source: { [settings.source]: schema },
    reference: Object.fromEntries(tables.map(([name, schema]) => [name, schema])),
    rows: Object.fromEntries(tables.map(([name, , rows]) => [name, rows])),
  };
}

async function sourceSchema(
  { schema }: SqlSettings,
  records: readonly TimedRecord[],
): Promise<SourceSchema> {
  if (schema !== undefined) {
    const text = await readText(schema, undefined, "the schema ");
    try {
      return schemaOf(JSON.parse(text), schema);
    } catch (error) {
      throw new Error(`the schema ${schema}: ${(error as Error).message}`, { cause: error });
    }
  }
  if (records.length === 0)
    throw new Error(
      "what the source has is not known: name its --schema, or an --input to discover one from.",
    );
  return discoverSchema(records.map(({ value }) => value)).schema;
}

const explained = (app: SqlApplication, { json }: SqlSettings) =>
  json ? `${JSON.stringify(app.pumps)}\n` : app.explain();

/** Windows of a year are closed too. */
const beyondMs = 400 * 86_400_000;
const errorsShown = 20;

function play(
  app: SqlApplication,
  reference: Readonly<Record<string, readonly unknown[]>>,
  records: readonly TimedRecord[],
  { json, leaveOpen, source, streams }: SqlSettings,
  { err, out }: Outputs,
): number {
  const known = app.plan.streams.map(({ name }) => name);
  const unknown = streams.find((name) => !known.includes(name));
  if (unknown) throw new Error(`there is no stream ${unknown}: there are ${known.join(", ")}.`);
  const wanted = new Set(streams.length > 0 ? streams : known);
  const rows = new Map<string, (readonly unknown[])[]>(
    known.filter((name) => wanted.has(name)).map((name) => [name, []]),
  );
  const errors: ErrorRow[] = [];
  const show = (ms: number) => new Date(ms).toISOString().replace("T", " ").slice(0, -1);
  const run = app.start({
    reference,
    onError: (row) => errors.push(row),
    onRow(stream: string, row: OutputRow, rowtime: number) {
      if (!wanted.has(stream)) return;
      if (json) out.write(`${JSON.stringify({ stream, rowtime, row })}\n`);
      else rows.get(stream)!.push([show(rowtime), ...Object.values(row)]);
    },
  });
  for (const { arrival, partitionKey, sequenceNumber, shardId, value } of records) {
    run.put(source, value, {
      approximateArrivalTimestamp: arrival,
      partitionKey,
      sequenceNumber,
      shardId,
    });
  }
  if (!leaveOpen)
    run.advanceTo(records.reduce((latest, { arrival }) => Math.max(latest, arrival), 0) + beyondMs);
  if (!json) {
    for (const [name, found] of rows) {
      const columns = app.plan.streams
        .find((stream) => stream.name === name)!
        .columns.map((column) => column.name);
      out.write(
        `${name}: ${found.length} ${found.length === 1 ? "row" : "rows"}\n${tableOf(["ROWTIME", ...columns], found)}\n`,
      );
    }
  }
  for (const { DATA_ROW, DATA_ROWTIME, ERROR_NAME, MESSAGE, PUMP_NAME } of errors.slice(
    0,
    errorsShown,
  )) {
    err.write(
      `${show(DATA_ROWTIME)} ${PUMP_NAME} ${ERROR_NAME}: ${MESSAGE} ${Buffer.from(DATA_ROW, "hex").toString("utf8").slice(0, 200)}\n`,
    );
  }
  if (errors.length > errorsShown) err.write(`… and ${errors.length - errorsShown} more.\n`);
  return errors.length > 0 ? 1 : 0;
}
