import { gunzipSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import type { GlueTable } from "../../../packages/services/src/firehose/index.ts";
import { processorTime } from "../../processor-time.ts";
import { rig, toS3 } from "./rig.ts";

const openX = { OpenXJsonSerDe: {} };
const hive = { HiveJsonSerDe: {} };

const converting = (Deserializer: object = openX, ParquetSerDe: object = {}, more: object = {}) =>
  toS3({
    DataFormatConversionConfiguration: {
      InputFormatConfiguration: { Deserializer },
      OutputFormatConfiguration: { Serializer: { ParquetSerDe } },
      SchemaConfiguration: { DatabaseName: "shop", TableName: "orders", CatalogId: "999999999999" },
    },
    ...more,
  });

const table = (columns: Readonly<Record<string, string>>): GlueTable => ({
  StorageDescriptor: {
    Columns: Object.entries(columns).map(([Name, Type]) => ({ Name, Type })),
  },
});

const compressors = { GZIP: (input: Uint8Array) => gunzipSync(input) };

const arrayBuffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer;

async function convert(
  columns: Readonly<Record<string, string>>,
  records: readonly string[],
  settings: object = converting(),
) {
  const at = rig(settings, { glueTable: table(columns) });
  at.put(...records);
  await at.stream.drain();
  const key = at.keys().find((one) => one.endsWith(".parquet"));
  const file = key === undefined ? undefined : arrayBuffer(at.bucket.objects.get(key)!.bytes);
  return {
    ...at,
    file,
    rows: file ? await parquetReadObjects({ file, compressors }) : [],
    rejected: at
      .failures("format-conversion-failed")
      .map(({ rawData, errorCode }) => [rawData.toString(), errorCode]),
  };
}

test("T7: rows have the types of the table.", async () => {
  const columns = {
    ok: "boolean",
    tiny: "tinyint",
    small: "smallint",
    whole: "int",
    big: "bigint",
    single: "float",
    double: "double",
    price: "decimal(10,2)",
    huge: "decimal(30,3)",
    name: "string",
    code: "char(3)",
    day: "date",
    at: "timestamp",
    tags: "array<string>",
    counts: "map<string,int>",
    address: "struct<street:string,lines:array<int>,geo:struct<lat:double>>",
  };
  const record = `{"ok":true,"tiny":-128,"small":32767,"whole":-5,"big":9223372036854775807,
    "single":1.5,"double":0.1,"price":12.34,"huge":1234567.125,"name":"Ä","code":"abc","day":"2026-02-03",
    "at":"2026-01-01 10:00:00.5","tags":["a",null],"counts":{"x":1},
    "address":{"street":"s","lines":[1,2],"geo":{"lat":52.5}}}`;
  const { rows, rejected } = await convert(columns, [record, "{}"]);
  expect(rejected).toEqual([]);
  expect(rows[0]).toEqual({
    ok: true,
    tiny: -128,
    small: 32_767,
    whole: -5,
    big: 9_223_372_036_854_775_807n,
    single: 1.5,
    double: 0.1,
    price: 12.34,
    huge: 1_234_567.125,
    name: "Ä",
    code: "abc",
    day: new Date("2026-02-03"),
    at: new Date("2026-01-01T10:00:00.500Z"),
    tags: ["a", null],
    counts: { x: 1 },
    address: { street: "s", lines: [1, 2], geo: { lat: 52.5 } },
  });
  for (const value of Object.values(rows[1]!)) expect(value ?? null).toBeNull();
});

test("a record of 200,000 objects is as many rows.", async () => {
  const { rows, rejected } = await convert({ id: "int" }, ["{}".repeat(200_000)]);
  expect(rejected).toEqual([]);
  expect(rows).toHaveLength(200_000);
});

test("T7: rows that do not fit go to format-conversion-failed, the others are written.", async () => {
  const { rows, rejected, texts, stream, keys, clock } = await convert({ id: "int" }, [
    '{"id":1}',
    '{"id":"x"}',
    "no json",
    '[{"id":2}]',
    '{"id":3}{"id":4}\n',
    '{"id":5}{"id":"y"}',
  ]);
  expect(rows).toEqual([{ id: 1 }, { id: 3 }, { id: 4 }]);
  expect(rejected).toEqual([
    ['{"id":"x"}', "DataFormatConversion.MalformedData"],
    ["no json", "DataFormatConversion.ParseError"],
    ['[{"id":2}]', "DataFormatConversion.ParseError"],
    ['{"id":5}{"id":"y"}', "DataFormatConversion.MalformedData"],
  ]);
  expect(stream.counts).toMatchObject({ incoming: 6, delivered: 2, failed: 4 });
  const [first] = texts("format-conversion-failed/2026/01/01/00/")[0]!.split("\n");
  expect(JSON.parse(first!)).toEqual({
    attemptsMade: 1,
    arrivalTimestamp: clock.now() - 300_000,
    errorCode: "DataFormatConversion.MalformedData",
    errorMessage: expect.stringContaining('id is "x", which is no int for OpenX'),
    attemptEndingTimestamp: clock.now(),
    rawData: Buffer.from('{"id":"x"}').toString("base64"),
    sequenceNumber: expect.stringMatching(/^\d{62}$/),
    subSequenceNumber: 0,
    dataCatalogTable: {
      catalogId: "999999999999",
      databaseName: "shop",
      tableName: "orders",
      region: "us-east-1",
      versionId: "LATEST",
      catalogArn: "arn:aws:glue:us-east-1:999999999999:catalog",
    },
  });
  expect(keys()[1]).toMatch(/^2026\/01\/01\/00\/orders-1-.*\.parquet$/);
});

test("T7: a number of a million digits, or with a huge exponent, is refused at once.", async () => {
  const digits = "1".repeat(1_000_000);
  const prices = [digits, `"${digits}"`, "1e400", "1e999999999"];
  const records = [`{"whole":${digits}}`, ...prices.map((price) => `{"price":${price}}`)];
  const begun = processorTime();
  const { rejected } = await convert({ price: "decimal(38,2)", whole: "bigint" }, records);
  expect(processorTime() - begun).toBeLessThan(1000);
  expect(rejected.map(([, code]) => code)).toEqual(
    Array(5).fill("DataFormatConversion.MalformedData"),
  );
});

test("T7: without a row that fits, there is no file.", async () => {
  const { file, rejected } = await convert({ id: "int" }, ["no"]);
  expect(file).toBeUndefined();
  expect(rejected).toHaveLength(1);
});

/** A column's type, a value as JSON, and what is read back under each deserializer; undefined: it does not fit. */
test.each<[type: string, value: string, openX: unknown, hive: unknown]>([
  ["int", '"7"', 7, undefined],
  ["int", "7.9", 7, undefined],
  ["int", "2147483648", undefined, undefined],
  ["int", "true", undefined, undefined],
  ["bigint", '"9007199254740993"', 9_007_199_254_740_993n, undefined],
  ["bigint", "9007199254740993", 9_007_199_254_740_993n, 9_007_199_254_740_993n],
  ["tinyint", "128", undefined, undefined],
  ["tinyint", "-129", undefined, undefined],
  ["boolean", '"false"', false, undefined],
  ["double", '"1.5"', 1.5, undefined],
  ["double", "3", 3, 3],
  ["double", '"abc"', undefined, undefined],
  ["string", "7", "7", undefined],
  ["string", "true", "true", undefined],
  ["string", '{"a":[1]}', '{"a":[1]}', undefined],
  ["boolean", '"TRUE"', true, undefined],
  ["boolean", "1", undefined, undefined],
  ["decimal(4,2)", "12.345", 12.35, 12.35],
  ["decimal(4,2)", '"12.3"', 12.3, undefined],
  ["decimal(4,2)", "123.4", undefined, undefined],
  ["date", '"2026-02-30"', undefined, undefined],
  ["timestamp", "1767225600", new Date("2026-01-01"), undefined],
  ["timestamp", "1e300", undefined, undefined],
  ["timestamp", "1767225600000", new Date("2026-01-01"), undefined],
  ["timestamp", '"2026-01-01T00:00:00+01:00"', new Date("2025-12-31T23:00:00Z"), undefined],
  ["timestamp", '"2026-01-01 00:00:00"', new Date("2026-01-01"), new Date("2026-01-01")],
  ["array<int>", "1", undefined, undefined],
  ["array<int>", '["1"]', [1], undefined],
  ["map<int,string>", '{"1":"a"}', { 1: "a" }, { 1: "a" }],
  ["struct<a:int>", "[]", undefined, undefined],
  ["struct<a:int>", '{"A":1,"b":2}', { a: 1 }, { a: 1 }],
])(
  "T7: what each deserializer makes of a column of type %s and the value %s.",
  async (type, value, lenient, strict) => {
    for (const [settings, expected] of [
      [openX, lenient],
      [hive, strict],
    ] as const) {
      const { rows, rejected } = await convert(
        { c: type },
        [`{"c":${value}}`],
        converting(settings),
      );
      expect(rows).toEqual(expected === undefined ? [] : [{ c: expected }]);
      expect(rejected).toHaveLength(expected === undefined ? 1 : 0);
    }
  },
);

test("T7: OpenX finds keys whatever their case, under other names, and with dots.", async () => {
  const settings = converting({
    OpenXJsonSerDe: {
      ColumnToJsonKeyMappings: { ts: "timestamp" },
      ConvertDotsInJsonKeysToUnderscores: true,
    },
  });
  const { rows } = await convert(
    { id: "int", ts: "string", a_b: "int" },
    ['{"ID":1,"timestamp":"now","a.b":2}'],
    settings,
  );
  expect(rows).toEqual([{ id: 1, ts: "now", a_b: 2 }]);
  const exact = converting({ OpenXJsonSerDe: { CaseInsensitive: false } });
  expect((await convert({ id: "int" }, ['{"ID":1}'], exact)).rows).toEqual([{ id: null }]);
});

test("T7: Hive reads the timestamps of its formats.", async () => {
  const TimestampFormats = ["yyyy-MM-dd'T'HH:mm:ssZ", "millis", "dd/MMM/yyyy:HH:mm:ss Z"];
  const { rows, rejected } = await convert(
    { at: "timestamp" },
    [
      '{"at":"2026-01-01T00:00:00+0200"}',
      '{"at":1767225600000}',
      '{"at":"01/Jan/2026:12:00:00 +0000"}',
      '{"at":"01-01-2026"}',
    ],
    converting({ HiveJsonSerDe: { TimestampFormats } }),
  );
  expect(rows).toEqual([
    { at: new Date("2025-12-31T22:00:00Z") },
    { at: new Date("2026-01-01") },
    { at: new Date("2026-01-01T12:00:00Z") },
  ]);
  expect(rejected).toHaveLength(1);
});

test.each(["UNCOMPRESSED", "SNAPPY", "GZIP"] as const)(
  "T7: the pages are compressed as %s.",
  async (Compression) => {
    const settings = converting(openX, { Compression, EnableDictionaryCompression: "true" });
    const { file, rows } = await convert(
      { id: "int", name: "string" },
      Array.from({ length: 100 }, (_, id) => JSON.stringify({ id, name: `name ${id % 3}` })),
      settings,
    );
    const { row_groups } = parquetMetadata(file!);
    const codecs = row_groups.flatMap(({ columns }) => columns.map((one) => one.meta_data?.codec));
    expect(new Set(codecs)).toEqual(new Set([Compression]));
    expect(rows).toHaveLength(100);
  },
);

test("T7: a file has the extension of the settings.", async () => {
  const { keys } = await convert(
    { id: "int" },
    ['{"id":1}'],
    converting(openX, {}, { FileExtension: ".pq" }),
  );
  expect(keys()).toEqual([expect.stringMatching(/\.pq$/)]);
});

test("T7: partitions have files of their own.", async () => {
  const settings = converting(
    openX,
    {},
    {
      Prefix: "day=!{partitionKeyFromQuery:day}/",
      ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: "MetadataExtraction",
            Parameters: [
              { ParameterName: "MetadataExtractionQuery", ParameterValue: "{day:.day}" },
            ],
          },
        ],
      },
    },
  );
  const { keys } = await convert(
    { id: "int" },
    ['{"id":1,"day":"mon"}', '{"id":2,"day":"tue"}'],
    settings,
  );
  expect(
    keys()
      .map((key) => key.split("/")[0])
      .sort(),
  ).toEqual(["day=mon", "day=tue"]);
});

test("T7: while rejects cannot be written, nothing is delivered.", async () => {
  let down = true;
  const keys: string[] = [];
  const bucket = {
    put(key: string) {
      if (down && key.startsWith("format-conversion-failed")) throw new Error("503");
      keys.push(key);
    },
  };
  const { stream, put, clock } = rig(converting(), { glueTable: table({ id: "int" }), bucket });
  put('{"id":1}', "no");
  await clock.advance(3 * 86_400_000);
  expect(keys).toEqual([]);
  down = false;
  await stream.drain();
  expect(keys.map((key) => key.split("/")[0])).toEqual(["format-conversion-failed", "2026"]);
});

const known = table({ id: "int" });
test.each<[string, object, GlueTable | undefined, string]>([
  ["no table", converting(), undefined, "give `glueTable`"],
  ["a table without columns", converting(), {}, "The Glue table shop.orders has no columns."],
  [
    "a type that does not exist",
    converting(),
    table({ id: "uuid" }),
    'column id: The type "uuid" is wrong at character 1',
  ],
  ["a type that does not end", converting(), table({ id: "array<int" }), "expected >"],
  [
    "a compressed object",
    converting(openX, {}, { CompressionFormat: "GZIP" }),
    known,
    "must be UNCOMPRESSED",
  ],
  [
    "a buffer below 64 MiB",
    converting(openX, {}, { BufferingHints: { SizeInMBs: 63, IntervalInSeconds: 60 } }),
    known,
    "a number from 64 to 128",
  ],
  [
    "two deserializers",
    converting({ ...openX, ...hive }),
    known,
    "needs one of OpenXJsonSerDe and HiveJsonSerDe",
  ],
  [
    "a compression that Firehose has not",
    converting(openX, { Compression: "ZSTD" }),
    known,
    "one of UNCOMPRESSED, SNAPPY, GZIP",
  ],
  [
    "a page below 64 KiB",
    converting(openX, { PageSizeBytes: 1024 }),
    known,
    "PageSizeBytes is 1024",
  ],
])("T7: refused: %s.", (_, settings, glueTable, why) => {
  expect(() => rig(settings, glueTable && { glueTable })).toThrow(why);
});

test("T7: what is written in another way than asked for is said.", () => {
  const settings = converting(openX, { WriterVersion: "V1", MaxPaddingBytes: 8 });
  const { stream } = rig(settings, { glueTable: known });
  expect(stream.warnings).toEqual([
    expect.stringContaining("WriterVersion: pages are written as version 2 here."),
    expect.stringContaining("MaxPaddingBytes: nothing is padded here."),
  ]);
});

test("ORC is named as not written locally.", () => {
  const settings = toS3({
    DataFormatConversionConfiguration: {
      InputFormatConfiguration: { Deserializer: openX },
      OutputFormatConfiguration: { Serializer: { OrcSerDe: {} } },
      SchemaConfiguration: { DatabaseName: "shop", TableName: "orders" },
    },
  });
  expect(() => rig(settings, { glueTable: known })).toThrow(
    "asks for ORC, which is not written locally",
  );
});
