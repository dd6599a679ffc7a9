/**
 * Conversion from JSON to Parquet.
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
 */
import type { CatalogTable, ConversionPlan, HivePlan, OpenXPlan, ParquetPlan } from "./plan.ts";
import type { Properties } from "./property.ts";

export function readConversion(own: Properties, warnings: string[]): ConversionPlan | undefined {
  const configuration = own.object("DataFormatConversionConfiguration");
  if (!configuration) return undefined;
  configuration.only([
    "Enabled",
    "InputFormatConfiguration",
    "OutputFormatConfiguration",
    "SchemaConfiguration",
  ]);
  if (!configuration.flag("Enabled", true)) return undefined;
  const part = (name: string) => {
    const found = configuration.object(name);
    if (found) return found;
    throw configuration.refusal(name, "is missing.");
  };
  return {
    deserializer: readDeserializer(part("InputFormatConfiguration")),
    parquet: readSerializer(part("OutputFormatConfiguration"), warnings),
    table: readTable(part("SchemaConfiguration")),
  };
}

function readDeserializer(input: Properties): OpenXPlan | HivePlan {
  const deserializer = input.object("Deserializer");
  const openX = deserializer?.object("OpenXJsonSerDe");
  const hive = deserializer?.object("HiveJsonSerDe");
  if (Boolean(openX) === Boolean(hive)) {
    throw input.refusal("Deserializer", "needs one of OpenXJsonSerDe and HiveJsonSerDe.");
  }
  if (hive) {
    hive.only(["TimestampFormats"]);
    return { kind: "Hive", timestampFormats: hive.texts("TimestampFormats") };
  }
  openX!.only(["CaseInsensitive", "ColumnToJsonKeyMappings", "ConvertDotsInJsonKeysToUnderscores"]);
  return {
    kind: "OpenX",
    caseInsensitive: openX!.flag("CaseInsensitive", true),
    keyMappings: openX!.textMap("ColumnToJsonKeyMappings"),
    dotsToUnderscores: openX!.flag("ConvertDotsInJsonKeysToUnderscores", false),
  };
}

const MiB = 1024 * 1024;

function readSerializer(output: Properties, warnings: string[]): ParquetPlan {
  const serializer = output.object("Serializer");
  const parquet = serializer?.object("ParquetSerDe");
  if (serializer?.has("OrcSerDe")) {
    throw serializer.refusal(
      "OrcSerDe",
      "asks for ORC, which is not written locally. Parquet is: ParquetSerDe.",
    );
  }
  if (!parquet) throw output.refusal("Serializer", "needs a ParquetSerDe.");
  parquet.only([
    "BlockSizeBytes",
    "Compression",
    "EnableDictionaryCompression",
    "MaxPaddingBytes",
    "PageSizeBytes",
    "WriterVersion",
  ]);
  if (parquet.oneOf("WriterVersion", ["V1", "V2"], "V1") === "V1" && parquet.has("WriterVersion")) {
    warnings.push(`${parquet.path}.WriterVersion: pages are written as version 2 here.`);
  }
  if (parquet.has("MaxPaddingBytes")) {
    warnings.push(`${parquet.path}.MaxPaddingBytes: nothing is padded here.`);
  }
  const size = (name: string, least: number, fallback: number) =>
    parquet.number(name, { least, most: Number.POSITIVE_INFINITY, fallback });
  return {
    compression: parquet.oneOf("Compression", ["UNCOMPRESSED", "SNAPPY", "GZIP"], "SNAPPY"),
    blockBytes: size("BlockSizeBytes", 64 * MiB, 256 * MiB),
    pageBytes: size("PageSizeBytes", 64 * 1024, MiB),
    dictionary: parquet.flag("EnableDictionaryCompression", false),
  };
}

function readTable(schema: Properties): CatalogTable {
  schema.only(["CatalogId", "DatabaseName", "Region", "RoleARN", "TableName", "VersionId"]);
  return {
    catalogId: schema.text("CatalogId") ?? "",
    databaseName: schema.required("DatabaseName"),
    tableName: schema.required("TableName"),
    region: schema.text("Region") ?? "",
    versionId: schema.text("VersionId") ?? "LATEST",
  };
}
