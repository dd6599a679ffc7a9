/** Which answers of `uniqueId` are ids. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { uniqueIdOf } from "../../src/consumer/progress/unique-id.ts";
import type { UserRecord } from "../../src/record/user-record.ts";

const record = { data: new Uint8Array() } as UserRecord;
const idOf = (answer: unknown) => uniqueIdOf(() => answer as string, undefined, record);

describe("an id is", () => {
  it.each([
    ...["a", "0", "undefined 7", "order/undefined", "nullable", "a null", "NaN7", "Infinity War"],
    ...["to Infinity", "[object]", "[object ]", "object Object"],
  ])("%s", (id) => {
    expect(idOf(id)).toBe(id);
  });

  it("any text without digits", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-m ]{1,20}$/), (id) => {
        expect(idOf(id)).toBe(id);
      }),
    );
  });

  it("what a promise gives", async () => {
    expect(await idOf(Promise.resolve("a"))).toBe("a");
  });
});

it("a record that has no id has none", async () => {
  expect(idOf(undefined)).toBeUndefined();
  expect(await idOf(Promise.resolve(undefined))).toBeUndefined();
});

it.each([
  ...["undefined", "null", "NaN", "Infinity", "-Infinity"],
  ...["[object Object]", "a/[object Promise]/b", "[object T]"],
])("no id is %s, which JavaScript writes where a value is missing", (id) => {
  expect(() => idOf(id)).toThrow(
    /^uniqueId returned an id with .*, which JavaScript writes for what is missing/,
  );
});

it.each([
  [null, "null"],
  [7, "a number"],
  [{}, "a object"],
])("no id is %s, which is no text", (answer, what) => {
  expect(() => idOf(answer)).toThrow(
    `uniqueId must return a string or undefined; it returned ${what}.`,
  );
});

describe("of a record in which numbers were rounded to 12, -34, 5.5, 1e+30 and 1e25,", () => {
  const numbers = ["12", "-34", "5.5", "1e+30", "1e25"];
  const rounded = { ...record, [Symbol.for("shardmill.rounded")]: { json: "", numbers } };
  const idIn = (id: string) => uniqueIdOf(() => id, undefined, rounded as unknown as UserRecord);

  it.each(["12", "a/12/b", "-34", "order 5.5", "1e+30", "1e25", "x1e+30x", "1E25 12"])(
    "%s may be the id of another",
    (id) => {
      expect(() => idIn(id)).toThrow(/a number that JavaScript has rounded/);
    },
  );

  it.each(["a", "123", "1", "3", "5", "55", "1e+3", "1e2", "30", "25", "e25"])(
    "%s is an id",
    (id) => {
      expect(idIn(id)).toBe(id);
    },
  );
});
