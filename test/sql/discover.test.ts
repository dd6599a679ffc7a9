import { expect, test } from "vitest";
import { discoverSchema } from "../../src/sql.ts";

const typesOf = (...records: readonly unknown[]) =>
  Object.fromEntries(
    discoverSchema(records).schema.recordColumns.map(({ mapping, name, sqlType }) => [
      name,
      `${sqlType} ${mapping}`,
    ]),
  );

test("types are wide enough for more than the sample", () => {
  expect(
    typesOf(
      { i: 1, b: 5e9, d: 1, t: "abcde", when: "2018-03-01 10:00:00", ok: true, mixed: 1 },
      { i: 127, b: 1, d: 1.5, t: "", when: "2018-03-01", ok: false, mixed: "x" },
    ),
  ).toEqual({
    i: "INTEGER $.i",
    b: "BIGINT $.b",
    d: "DOUBLE $.d",
    t: "VARCHAR(16) $.t",
    COL_when: "TIMESTAMP $.when",
    ok: "BOOLEAN $.ok",
    mixed: "VARCHAR(64) $.mixed",
  });
});

test("objects are opened one level, deeper ones and lists become texts", () => {
  expect(typesOf({ a: { b: { c: 1 }, d: 2 }, list: [1, 2] })).toEqual({
    b: "VARCHAR(16) $.a.b",
    d: "INTEGER $.a.d",
    list: "VARCHAR(16) $.list[0:]",
  });
});

test("names that are none of SQL get a prefix, as AWS gives it", () => {
  expect(
    Object.keys(
      typesOf({ USER: 1, "USER@DOMAIN": 1, "@@": 1, "1st": 1, select: 1, a: 1, x: { a: 2 } }),
    ),
  ).toEqual(["COL_USER", "COL_USERDOMAIN", "COL_2", "COL_1st", "COL_select", "a", "a_1"]);
});

test("records that are no objects are counted, and nothing is proposed of them alone", () => {
  expect(discoverSchema([{ a: 1 }, "text", { a: null }])).toMatchObject({
    missing: { a: 2 },
    records: 3,
  });
  expect(() => discoverSchema(["text"])).toThrow(/No record is a JSON object/);
});
