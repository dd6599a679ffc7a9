import { expect, test } from "vitest";
import { type RecordColumn, type SourceSchema, schemaOf, sqlApplication } from "../../src/sql.ts";

/** What records come to in a stream of the same columns. */
function rowsOf(schema: SourceSchema, records: readonly unknown[]) {
  const names = schema.recordColumns.map(({ name }) => name).join(", ");
  const types = schema.recordColumns.map(({ name, sqlType }) => `${name} ${sqlType}`).join(", ");
  const rows: unknown[][] = [];
  const errors: string[] = [];
  const app = sqlApplication({
    sql: `CREATE STREAM O (${types}); CREATE PUMP P AS INSERT INTO O SELECT STREAM ${names} FROM S;`,
    source: { S: schema },
  });
  const run = app.start({
    onRow: (_stream, row) => rows.push(Object.values(row)),
    onError: ({ MESSAGE }) => errors.push(MESSAGE),
  });
  for (const record of records) run.put("S", record, { approximateArrivalTimestamp: 0 });
  return { rows, errors };
}

const column = (name: string, sqlType: string, mapping?: string): RecordColumn => ({
  name,
  sqlType,
  mapping,
});

test("values become what AWS's table of conversions says", () => {
  const schema = {
    recordColumns: [
      column("I", "INTEGER"),
      column("B", "BOOLEAN"),
      column("V", "VARCHAR(5)"),
      column("D", "DOUBLE"),
      column("T", "TIMESTAMP"),
    ],
  };
  const { errors, rows } = rowsOf(schema, [
    { I: 1, B: true, V: "cut here", D: 1.5, T: "2018-03-01 10:20:30.25" },
    { I: "12", B: "TRUE", V: 12.5, D: "1e3", T: "2018-03-01T10:20:30Z" },
    { I: true, B: 0, V: true, D: false, T: "2018-03-01" },
    { I: null, B: "yes", V: [1, 2], D: null },
    { I: 1.5 },
    { I: 3e9 },
    { T: 5 },
    { D: "many" },
    "no json",
  ]);
  expect(rows).toEqual([
    [1, true, "cut h", 1.5, "2018-03-01 10:20:30.25"],
    [12, true, "12.5", 1000, "2018-03-01 10:20:30"],
    [1, false, "true", 0, "2018-03-01 00:00:00"],
    [null, false, "[1,2]", null, null],
  ]);
  expect(errors).toEqual([
    "The column I is INTEGER; 1.5 is none.",
    "3000000000 is too large for INTEGER.",
    "The column T is TIMESTAMP; 5 is none.",
    'The column D is DOUBLE; "many" is none.',
    expect.stringMatching(/^A record is no JSON: .*It begins with "no json"\.$/),
  ]);
});

test("paths lead into documents, and one list makes a row for each of its elements", () => {
  const schema = {
    recordRowPath: "$.batch",
    recordColumns: [
      column("ID", "INTEGER", "$.order.id"),
      column("SKU", "VARCHAR(4)", "$.items[0:].sku"),
      column("ALL1", "VARCHAR(99)", "$.tags[0:]"),
    ],
  };
  const { rows } = rowsOf(schema, [
    { batch: { order: { id: 1 }, items: [{ sku: "a" }, { sku: "b" }, {}], tags: ["x"] } },
    { batch: [{ order: { id: 2 }, items: [] }, { order: { id: 3 } }] },
  ]);
  expect(rows).toEqual([
    [1, "a", '["x"]'],
    [1, "b", '["x"]'],
    [1, null, '["x"]'],
    [2, null, null],
    [3, null, null],
  ]);
});

test("whole numbers beyond 2^53 and digits of a DECIMAL are kept", () => {
  const schema = { recordColumns: [column("I", "BIGINT"), column("D", "DECIMAL(18, 2)")] };
  expect(
    rowsOf(schema, [
      '{"I": 9007199254740993, "D": 1.1}',
      '{"I": "9007199254740993", "D": "1234567890123456.78"}',
    ]).rows,
  ).toEqual([
    ["9007199254740993", 1.1],
    ["9007199254740993", "1234567890123456.78"],
  ]);
});

test("CSV has a row for each line, columns in order, and quotes around what has a comma", () => {
  const schema = {
    recordFormatType: "CSV" as const,
    recordColumns: [column("A", "VARCHAR(9)"), column("B", "INTEGER")],
  };
  const { errors, rows } = rowsOf(schema, ['"a, ""b""",1\r\nc,\nd', "x,y\n"]);
  expect(rows).toEqual([
    ['a, "b"', 1],
    ["c", null],
    ["d", null],
  ]);
  expect(errors).toHaveLength(1);
});

test("a schema as AWS writes it is read", () => {
  const given = {
    InputSchema: {
      RecordFormat: {
        RecordFormatType: "CSV",
        MappingParameters: {
          CSVMappingParameters: { RecordRowDelimiter: "\n", RecordColumnDelimiter: "|" },
        },
      },
      RecordEncoding: "UTF-8",
      RecordColumns: [{ Name: "A", SqlType: "INTEGER", Mapping: "x" }],
    },
  };
  expect(schemaOf(given, "a file")).toEqual({
    recordFormatType: "CSV",
    recordRowPath: undefined,
    recordRowDelimiter: "\n",
    recordColumnDelimiter: "|",
    recordColumns: [{ name: "A", sqlType: "INTEGER", mapping: "x" }],
  });
  expect(() => schemaOf({}, "schema.json")).toThrow(/schema.json has no RecordColumns/);
});

test("a schema that makes no sense is refused, with its place", () => {
  const refused =
    (...recordColumns: RecordColumn[]) =>
    () =>
      rowsOf({ recordColumns }, []);
  expect(refused(column("A", "TEXT"))).toThrow(/The sqlType of S.A is "TEXT"/);
  expect(refused(column("A", "INTEGER", "a"))).toThrow(/the mapping of S.A is "a"; it must be \$/);
  expect(refused(column("A", "INTEGER", "$.a[0:].x"), column("B", "INTEGER", "$.b[0:].x"))).toThrow(
    /two lists: a and b/,
  );
});
