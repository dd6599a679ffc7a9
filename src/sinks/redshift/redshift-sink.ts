/** A table of Redshift: each record is loaded once, or replaces the row of its key. */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenPrefix, givenText, typeOf } from "../../aws/given.ts";
import { digestOf } from "../../aws/store-limits.ts";
import type { BatchRecord } from "../../consumer/options.ts";
import type { Refusal } from "../../handler/put-all.ts";
import { NonRetryableError } from "../../record/errors.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { encodeJson } from "../../values/encode-json.ts";
import { isBytes } from "../../values/kinds.ts";
import { whenReady } from "../../values/ready.ts";
import { s3Bucket } from "../parts/bucket.ts";
import { s3Intents } from "../parts/intents.ts";
import { byShard, type Row, rowPosition } from "../parts/part.ts";
import { writeParts } from "../parts/write-parts.ts";
import {
  checkFunction,
  type FromRecord,
  failuresOf,
  madeOf,
  type Sink,
  type SinkOptions,
  sendingOf,
} from "../sink.ts";
import { type DataApiOptions, dataApi } from "./data-api.ts";
import { loadsOf } from "./loading.ts";
import { quotedName, quotedText, type Target } from "./statements.ts";

/** What `redshiftSink` takes: which table of which database, which columns, and where files lie until they are loaded. */
export interface RedshiftSinkOptions<T> extends SinkOptions, DataApiOptions {
  /** `"orders"`, or with its schema `"public.orders"`. Names are Redshift's: in lower case. */
  readonly table: string | undefined;
  /** The properties of a row that are loaded, each into the column of its name. */
  readonly columns: readonly string[];
  /** The row of a record. @default the decoded value */
  readonly row?: FromRecord<T, Readonly<Record<string, unknown>>>;
  /**
   * Columns that tell rows apart: a record replaces the row of its key, unless that is of a later record. The table needs the column `positionColumn`.
   * @default none: each record is a row of its own
   */
  readonly key?: readonly string[];
  /** The column, of type VARCHAR(63), that says which record a row is of; with `key` alone. @default "position" */
  readonly positionColumn?: string;
  /** The bucket in which files and manifests lie until they are loaded, and the intents. */
  readonly bucket: string | undefined;
  /** Stands before the keys of files and manifests. At most 128 bytes. @default "_shardmill/stage/" */
  readonly stagePrefix?: string;
  /** The role by which Redshift reads the bucket: its ARN, or `"default"` for the cluster's default role. @default "default" */
  readonly iamRole?: string;
  /** The table that says which loads are done. Loads that share one go one after the other. @default "shardmill_parts" */
  readonly ledgerTable?: string;
  /** Ends the COPY: `TRUNCATECOLUMNS`, `REGION 'eu-west-1'`. @default "TIMEFORMAT 'auto' DATEFORMAT 'auto'" */
  readonly copyOptions?: string;
  /** What this sink is called in the ledger. Under another name everything is loaded again. @default database and table */
  readonly name?: string;
  /** Stands before the keys of the intents. @default "_shardmill/" */
  readonly ledgerPrefix?: string;
  /** Your own client of S3. @default one from the environment */
  readonly s3?: CommandSender;
}

/** COPY takes no larger object. */
const largestRow = 4 * 1024 * 1024;
const who = "redshiftSink";

/**
 * Loads the records of a batch into a table, each record once, whatever is delivered again, bisected, late, or to two environments at once: a file in S3, and
 * one transaction with its COPY and a row of the ledger. With `key`, the row of a key is that of its last record. A record that COPY will never
 * take is found, and parked.
 *
 * A batch costs three PUTs, a LIST and a transaction, and transactions of one ledger go one after the other: make batches large. The ledger must be there:
 * `CREATE TABLE shardmill_parts (part VARCHAR(1024) NOT NULL, state VARCHAR(8) NOT NULL, settled_at TIMESTAMP NOT NULL DEFAULT GETDATE());`
 *
 * @example
 * kinesisConsumer({
 *   consumer: "warehouse",
 *   decode: json(Order), // z.object({ id: z.string(), total: z.number() })
 *   maxItems: 10_000,
 *   processBatch: redshiftSink({
 *     workgroupName: "analytics",
 *     database: "dev",
 *     table: "public.orders",
 *     columns: ["id", "total"],
 *     bucket: process.env.STAGE_BUCKET,
 *   }),
 * });
 */
export function redshiftSink<T>(options: RedshiftSinkOptions<T>): Sink<T> {
  const { stagePrefix = "_shardmill/stage/" } = options;
  const { place, run } = dataApi(options);
  const target = targetOf(options);
  checkFunction(`${who}: row`, options.row);
  givenPrefix(stagePrefix, 128, `${who}: stagePrefix`);
  const bucketUntil = s3Bucket(options.s3, options.bucket, who, "s3");
  const bucketName = options.bucket!;
  const { identity, intentsOf } = ledgerOf(options, target);
  const toRow = rowOf(options, `${identity}/`);
  const sendingIn = sendingOf(options, who);

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const rows = await madeOf(records, toRow, refused);
    const sending = sendingIn(context);
    const bucket = bucketUntil(sending.signal);
    const stage = { bucketName, prefix: stagePrefix };
    const store = loadsOf({ target, run, place, stage }, bucket, sending);
    for (const [folder, own] of byShard(rows, records)) {
      const intents = intentsOf(folder);
      const failures = await writeParts({ who, bucket, intents, store, folder, sending }, own);
      for (const [place, refusal] of failures) refused.set(place, refusal);
    }
    // The consumer halves what is thrown for, until one record is alone to blame.
    for (const { error, kind } of refused.values()) if (kind === "halve") throw error;
    return failuresOf(records, refused);
  };
}

function rowOf<T>(
  { columns, key = [], positionColumn = "position", row }: RedshiftSinkOptions<T>,
  prefix: string,
) {
  const names = columns.map((name) => [name, name.toLowerCase()] as const);
  const keys = new Set(key.map((name) => name.toLowerCase()));

  function lineOf(row: unknown, record: UserRecord): string {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new NonRetryableError(`${who}: row must be an object; it is ${typeOf(row)}.`);
    }
    const line: Record<string, unknown> = {};
    for (const [property, column] of names) {
      const value = (row as Readonly<Record<string, unknown>>)[property] ?? null;
      if (isBytes(value)) {
        throw new NonRetryableError(`${who}: ${property} has bytes; give them as text.`);
      }
      if (value === null && keys.has(column)) {
        throw new NonRetryableError(`${who}: the row has no ${property}, a key of its table.`);
      }
      line[column] = value;
    }
    if (key.length > 0) line[positionColumn.toLowerCase()] = rowPosition(record);
    const text = jsonOf(line);
    const size = Buffer.byteLength(text);
    if (size <= largestRow) return `${text}\n`;
    throw new NonRetryableError(`${who}: the row has ${size} bytes, and COPY takes ${largestRow}.`);
  }

  return ({ idempotencyKey, record, value }: BatchRecord<T>, place: number) =>
    whenReady(
      row ? row(value, record, idempotencyKey) : value,
      (made: unknown): Row => ({
        place,
        name: idempotencyKey,
        record,
        prefix,
        prepared: lineOf(made, record),
      }),
    );
}

function jsonOf(line: unknown): string {
  try {
    return encodeJson(line);
  } catch (cause) {
    const { message } = cause as Error;
    throw new NonRetryableError(`${who}: the row cannot be written: ${message}`, { cause });
  }
}

function targetOf<T>(options: RedshiftSinkOptions<T>): Target {
  const { copyOptions = "TIMEFORMAT 'auto' DATEFORMAT 'auto'", iamRole = "default" } = options;
  const { columns, key, ledgerTable = "shardmill_parts", positionColumn = "position" } = options;
  const named = (option: string, name: unknown, mostParts = 1): string => {
    const quoted = quotedName(name, mostParts);
    if (quoted !== undefined) return quoted;
    throw new TypeError(
      `${who}: ${option} must be a name of letters, digits and underscores${mostParts > 1 ? ", with its schema or without" : ""}; it is ${JSON.stringify(name) ?? typeOf(name)}.`,
    );
  };
  givenText(options.table, "table", who);
  if (!Array.isArray(columns) || columns.length === 0) {
    throw new TypeError(`${who}: columns must be the names of at least one column.`);
  }
  const own = columns.map((name) => named("columns", name));
  const twice = own.find((name, at) => own.indexOf(name) !== at);
  if (twice)
    throw new TypeError(`${who}: columns has ${twice} twice: Redshift's names are in lower case.`);
  if (typeof copyOptions !== "string") {
    throw new TypeError(`${who}: copyOptions must be text, and is ${typeOf(copyOptions)}.`);
  }
  if (iamRole !== "default" && !(typeof iamRole === "string" && iamRole.startsWith("arn:"))) {
    throw new TypeError(`${who}: iamRole must be the ARN of a role, or "default".`);
  }
  const target = {
    table: named("table", options.table, 2),
    ledger: named("ledgerTable", ledgerTable, 2),
    iamRole: iamRole === "default" ? iamRole : quotedText(iamRole),
    copyOptions,
  };
  if (key === undefined) return { ...target, columns: own };
  if (!Array.isArray(key) || key.length === 0) {
    throw new TypeError(`${who}: key must be the names of at least one column.`);
  }
  const keys = key.map((name) => named("key", name));
  const missing = keys.find((name) => !own.includes(name));
  if (missing) throw new TypeError(`${who}: key has ${missing}, which is not among columns.`);
  const position = named("positionColumn", positionColumn);
  if (own.includes(position)) {
    throw new TypeError(`${who}: positionColumn must be a column that is not among columns.`);
  }
  return { ...target, columns: [...own, position], keyed: { key: keys, position } };
}

/** Where the intents of this sink lie, and what its parts begin with: sinks may share a ledger. */
function ledgerOf<T>(
  { database, ledgerPrefix = "_shardmill/", name }: RedshiftSinkOptions<T>,
  { table }: Target,
) {
  givenPrefix(ledgerPrefix, 512, `${who}: ledgerPrefix`);
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new TypeError(`${who}: name must be text.`);
  }
  const identity = digestOf(JSON.stringify(name === undefined ? [who, database, table] : [name]));
  const short = identity.slice(0, 16);
  return { identity: short, intentsOf: s3Intents(`${ledgerPrefix}${short}/`) };
}
