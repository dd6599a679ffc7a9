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
  expect(() => idOf(id)).toThrow(/^uniqueId returned an id with .* is what JavaScript writes/);
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
