/** The Parquet schema of a table of Glue's: every column optional, lists and maps in three levels. */
import type { ParquetWriteOptions } from "hyparquet-writer";
import type { HiveField, HiveType } from "./hive-type.ts";

type SchemaElement = NonNullable<ParquetWriteOptions["schema"]>[number];

export function parquetSchema(columns: readonly HiveField[]): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.flatMap(({ name, type }) => elements(name, type, "OPTIONAL")),
  ];
}

type Repetition = "OPTIONAL" | "REQUIRED";
type Leaf = Omit<SchemaElement, "name" | "repetition_type">;

function elements(name: string, type: HiveType, repetition_type: Repetition): SchemaElement[] {
  const own = { name, repetition_type };
  switch (type.kind) {
    case "struct":
      return [
        { ...own, num_children: type.fields.length },
        ...type.fields.flatMap((field) => elements(field.name, field.type, "OPTIONAL")),
      ];
    case "array":
      return [
        { ...own, num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...elements("element", type.element, "OPTIONAL"),
      ];
    case "map":
      return [
        { ...own, num_children: 1, converted_type: "MAP" },
        { name: "key_value", repetition_type: "REPEATED", num_children: 2 },
        ...elements("key", type.key, "REQUIRED"),
        ...elements("value", type.value, "OPTIONAL"),
      ];
    default:
      return [{ ...own, ...leaf(type) }];
  }
}

function leaf(type: Exclude<HiveType, { kind: "struct" | "array" | "map" }>): Leaf {
  switch (type.kind) {
    case "boolean":
      return { type: "BOOLEAN" };
    case "tinyint":
      return { type: "INT32", converted_type: "INT_8" };
    case "smallint":
      return { type: "INT32", converted_type: "INT_16" };
    case "int":
      return { type: "INT32" };
    case "bigint":
      return { type: "INT64" };
    case "float":
      return { type: "FLOAT" };
    case "double":
      return { type: "DOUBLE" };
    case "string":
      return { type: "BYTE_ARRAY", converted_type: "UTF8" };
    case "binary":
      return { type: "BYTE_ARRAY" };
    case "date":
      return { type: "INT32", converted_type: "DATE" };
    case "timestamp":
      return { type: "INT64", converted_type: "TIMESTAMP_MILLIS" };
    case "decimal": {
      const { precision, scale } = type;
      const decimal = { converted_type: "DECIMAL", precision, scale } as const;
      if (precision <= 9) return { type: "INT32", ...decimal };
      if (precision <= 18) return { type: "INT64", ...decimal };
      return { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, ...decimal };
    }
  }
}
