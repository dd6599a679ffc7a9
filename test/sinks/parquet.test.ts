import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { parquet, s3Sink } from "shardmill/sinks";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { anyCharacter } from "../any-character.ts";

const read = async (bytes: Uint8Array) =>
  parquetReadObjects({ file: new Uint8Array(bytes).buffer as ArrayBuffer });

async function written(columns: Readonly<Record<string, string>>, rows: readonly object[]) {
  const format = parquet({ columns, compression: "UNCOMPRESSED" });
  return format.encode(rows.map((row) => format.prepare(row as never)));
}

describe("parquet", () => {
  it("writes each type of Glue's, and reads back what was written", async () => {
    const columns = {
      ...{ text: "string", flag: "boolean", small: "tinyint", whole: "int", large: "bigint" },
      ...{ real: "double", price: "decimal(12,2)", day: "date", at: "timestamp", raw: "binary" },
      ...{ tags: "array<string>", place: "struct<lat:double,name:string>" },
    };
    const row = {
      ...{ text: "é", flag: true, small: -128, whole: 7, large: 2n ** 62n, real: 1.5 },
      ...{ price: "12.345", day: "2026-02-03", at: 1_767_225_600_123, raw: Buffer.from([1, 2]) },
      ...{ tags: ["a", "b"], place: { lat: 1, name: "here", more: "left out" } },
    };
    const [back, empty] = await read(await written(columns, [row, {}]));
    expect(back).toMatchObject({
      ...{ text: "é", flag: true, small: -128, whole: 7, large: 2n ** 62n, real: 1.5 },
      ...{ price: 12.35, day: new Date("2026-02-03"), at: new Date(1_767_225_600_123) },
      ...{ tags: ["a", "b"], place: { lat: 1, name: "here" } },
    });
    for (const name of Object.keys(columns)) expect(empty![name] ?? null).toBeNull();
  });

  it("writes any texts, whether they repeat or not", async () => {
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom("\ud83d", "\ude00", "", "a", null),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 50 }), async (texts) => {
        const back = await read(
          await written(
            { text: "string" },
            texts.map((text) => ({ text })),
          ),
        );
        expect(back.map(({ text }) => text ?? null)).toEqual(
          texts.map((text) => text?.toWellFormed() ?? null),
        );
      }),
    );
  });

  it("writes more text than is put together at once", async () => {
    const rows = Array.from({ length: 18 }, (_, n) => ({ text: `${n}`.padEnd(1024 * 1024, "-") }));
    expect(await read(await written({ text: "string" }, rows))).toEqual(rows);
  });

  it("writes the same rows as the same bytes, and none as a file that can be read", async () => {
    const rows = [{ id: "a" }, { id: "b" }];
    expect(await written({ id: "string" }, rows)).toEqual(await written({ id: "string" }, rows));
    expect(await read(await written({ id: "string" }, []))).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["string", 1],
    ["boolean", "true"],
    ["tinyint", 128],
    ["int", 1.5],
    ["bigint", 2n ** 63n],
    ["double", "1"],
    ["decimal(4,2)", "123.45"],
    ["date", "yesterday"],
    ["date", "2026-02-30"],
    ["timestamp", "2026-04-31T00:00:00Z"],
    ["timestamp", Number.NaN],
    ["binary", "text"],
    ["array<int>", [1, "2"]],
    ["struct<a:int>", { a: "b" }],
  ])("a %s takes no value of another type: that fails its record for good", (type, value) => {
    const format = parquet({ columns: { id: type } });
    expect(() => format.prepare({ id: value })).toThrow(/^parquet: id.* is .*, which is no /);
  });

  it.each<[string, unknown, string]>([
    ["no columns", {}, "columns must name at least one"],
    ["a type that is none", { columns: { id: "text" } }, "column id: The type"],
    [
      "a compression that is none",
      { columns: { id: "int" }, compression: "ZSTD" },
      "must be one of",
    ],
  ])("refuses %s at the start", (_, options, why) => {
    expect(() => parquet(options as never)).toThrow(why);
  });
});

it.each<[string, unknown, string]>([
  ["decimal(5,2)", "", 'c is "", which is no decimal'],
  ["decimal(5,2)", Number.NaN, "c is NaN, which is no decimal"],
  ["timestamp", new Date(Number.NaN), "c is Invalid Date, which is no timestamp"],
  ["map<string,int>", new Set([1]), "which is no map"],
  ["struct<a:int>", new Map([["a", 1]]), "which is no struct"],
  ["struct<a:int>", new Date(0), "which is no struct"],
])("refuses as %s what would be written as something else: %s", (type, value, why) => {
  const format = parquet({ columns: { c: type } });
  expect(() => format.prepare({ c: value })).toThrow(why);
});

it("takes a moment without a zone for one of UTC, wherever it runs", () => {
  vi.stubEnv("TZ", "America/New_York");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { prepare } = parquet({ columns: { at: "timestamp", day: "date" } });
  const row = (text: string) => prepare({ at: text, day: text });
  for (const text of ["2026-02-03T23:30:00", "2026-02-03T23:30:00.000"]) {
    expect(row(text)).toEqual(row("2026-02-03T23:30:00Z"));
  }
  expect(row("2026-02-03T23:30:00-05:00")).toEqual(row("2026-02-04T04:30:00Z"));
});

it("takes a Map for a map", () => {
  const format = parquet({ columns: { c: "map<string,int>" } });
  expect(format.prepare({ c: new Map([["a", 1]]) })).toEqual(format.prepare({ c: { a: 1 } }));
});

it("takes rows of an interface", () => {
  interface Line {
    readonly id: string;
  }
  const format = parquet({ columns: { id: "string" } });
  expect(s3Sink<Line>({ bucket: "b", format })).toBeTypeOf("function");
});
