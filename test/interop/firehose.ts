/**
 * What the local Firehose writes, read by others: Parquet by DuckDB, compressed objects by Python's
 * gzip and zipfile, Kafka's snappy-java codec and python-snappy's Hadoop codec. Needs Python and its
 * registry; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/firehose.ts
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createDeliveryStream,
  type DeliveryStreamSettings,
  folderBucket,
  type GlueTable,
} from "../../packages/services/src/firehose/index.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const environment = at("../../node_modules/.cache/interop-python");
const python = join(environment, "bin", "python");
const packages = ["duckdb==1.4.*", "kafka-python==2.*", "python-snappy==0.7.*"];

function whatIsMissing(): string | undefined {
  const quiet = { stdio: "ignore" } as const;
  try {
    if (!existsSync(python)) execFileSync("python3", ["-m", "venv", environment], quiet);
  } catch {
    return "there is no Python with venv";
  }
  try {
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages], quiet);
  } catch {
    return "pip cannot fetch them here";
  }
  return undefined;
}

interface Found {
  readonly decoded: Readonly<Record<string, string>>;
  readonly parquet: Readonly<
    Record<string, { readonly row: readonly string[]; readonly types: Record<string, string> }>
  >;
}

async function drive(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "firehose-interop-"));
  try {
    const formats = ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"];
    for (const format of formats) await deliver(folder, format, { CompressionFormat: format });
    for (const codec of codecs) await deliver(folder, `parquet-${codec}`, converting(codec));
    const output = execFileSync(python, [at("firehose.py"), folder], {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
    });
    const { decoded, parquet } = JSON.parse(output) as Found;
    for (const format of formats) {
      assert.equal(decoded[format], lines.join(""), `${format} was decoded to something else`);
    }
    for (const codec of codecs) assert.deepEqual(parquet[codec], expected, `Parquet in ${codec}`);
    console.log(
      `Firehose's objects: ${formats.length} compressions decoded, ${codecs.length} Parquet files of ${rows.length} rows read by DuckDB.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const codecs = ["UNCOMPRESSED", "SNAPPY", "GZIP"];

/** Longer than the blocks of both Snappy framings. */
const rows = Array.from({ length: 20_000 }, (_, id) => ({
  id,
  name: id % 10 === 0 ? null : `name ${id % 100}`,
  price: (id % 1000) / 100,
  at: new Date(Date.UTC(2026, 0, 1) + id * 1000).toISOString(),
  tags: Array.from({ length: id % 4 }, (_, tag) => `tag ${tag}`),
  counts: id % 2 ? { x: id } : {},
  address: { zip: id % 7 },
  ok: id % 3 === 0,
}));
const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const expected = {
  row: [
    String(rows.length),
    String(sum(rows.map(({ id }) => id))),
    (sum(rows.map(({ id }) => id % 1000)) / 100).toFixed(2),
    String(rows.filter(({ name }) => name !== null).length),
    "2026-01-01 00:00:00",
    "2026-01-01 05:33:19",
    String(sum(rows.map(({ tags }) => tags.length))),
    String(sum(rows.map(({ counts }) => counts.x ?? 0))),
    String(sum(rows.map(({ address }) => address.zip))),
    String(rows.filter(({ ok }) => ok).length),
  ],
  types: {
    id: "BIGINT",
    name: "VARCHAR",
    price: "DECIMAL(10,2)",
    at: "TIMESTAMP",
    tags: "VARCHAR[]",
    counts: "MAP(VARCHAR, BIGINT)",
    address: "STRUCT(zip INTEGER)",
    ok: "BOOLEAN",
  },
};

const glueTable: GlueTable = {
  StorageDescriptor: {
    Columns: [
      { Name: "id", Type: "bigint" },
      { Name: "name", Type: "string" },
      { Name: "price", Type: "decimal(10,2)" },
      { Name: "at", Type: "timestamp" },
      { Name: "tags", Type: "array<string>" },
      { Name: "counts", Type: "map<string,bigint>" },
      { Name: "address", Type: "struct<zip:int>" },
      { Name: "ok", Type: "boolean" },
    ],
  },
};

const converting = (Compression: string) => ({
  DataFormatConversionConfiguration: {
    InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression } } },
    SchemaConfiguration: { DatabaseName: "shop", TableName: "orders" },
  },
});

async function deliver(folder: string, name: string, more: object): Promise<void> {
  const settings: DeliveryStreamSettings = {
    ExtendedS3DestinationConfiguration: {
      BucketARN: "arn:aws:s3:::archive",
      BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 60 },
      ...more,
    },
  };
  const bucket = folderBucket(join(folder, name));
  const clock = virtualClock();
  const stream = createDeliveryStream({ name: "orders", settings, bucket, clock, glueTable });
  for (const line of lines) stream.put(Buffer.from(line));
  await stream.flush();
}

const missing = whatIsMissing();
if (missing === undefined) await drive();
else console.log(`Skipped DuckDB and the other decoders of Firehose's objects: ${missing}.`);
