import fc from "fast-check";
import { expect, test } from "vitest";
import { formParameter, readForm } from "../../../packages/services/src/http/form.ts";
import { processorTime } from "../../processor-time.ts";

test("parameters are read by the parts of their names, as a browser's form writes them", () => {
  const form = readForm("A=1&B.1.C=a%20b+c&&B.1.D&?E==x&%3F=%zz");
  expect(JSON.parse(JSON.stringify(form))).toEqual({
    A: "1",
    B: { 1: { C: "a b c", D: "" } },
    "?E": "=x",
    "?": "%zz",
  });
});

test("one parameter is found as URLSearchParams finds it", () => {
  const text = fc.string({ unit: fc.constantFrom("Action", "a", "=", "&", "%20", "+", "é", "%") });
  fc.assert(
    fc.property(text, (body) => {
      const found = new URLSearchParams(`&${body}`).get("Action") ?? "";
      expect(formParameter(body, "Action") ?? "").toBe(found);
    }),
    // The first is one without a value.
    { examples: [["Action&Action=Action"]] },
  );
});

test("parameters that contradict each other are no form", () => {
  expect(readForm("A=1&A.B=2")).toBeUndefined();
  expect(readForm("A.B=2&A=1")).toBeUndefined();
});

test("10,000 parameters of 16 parts are read, and no more", () => {
  const parts = (count: number) => `${Array(count).fill("a").join(".")}=1`;
  const many = (count: number) => Array.from({ length: count }, (_, i) => `a${i}=1`).join("&");
  expect(readForm(parts(16))).toBeDefined();
  expect(readForm(parts(17))).toBeUndefined();
  expect(readForm(many(10_000))).toBeDefined();
  expect(readForm(many(10_001))).toBeUndefined();
});

test.each([
  ["names without values", "a&".repeat(8_000_000)],
  ["parts of a name", ".".repeat(16_000_000)],
  ["long names without values", `${"x".repeat(1_600)}&`.repeat(9_999)],
])("16 MB of %s take no time to speak of", (_, text) => {
  const body = Buffer.from(text).toString();
  const start = processorTime();
  readForm(body);
  formParameter(body, "Action");
  expect(processorTime() - start).toBeLessThan(5000);
});
