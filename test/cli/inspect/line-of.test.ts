import { expect, it } from "vitest";
import { linesOf } from "../../../packages/cli/src/inspect/line-of.ts";

const json = `{
  "Records": [
    { "a": "}],", "b\\"": 1 },
    {
      "a": { "c.d": [
        true
      ] }
    }
  ]
}`;

it("a member's line is that of its value; of one that is not there, that of what would hold it", () => {
  const lineOf = linesOf(json, 10);
  expect(lineOf([])).toBe(10);
  expect(lineOf(["Records"])).toBe(11);
  expect(lineOf(["Records", 0, 'b"'])).toBe(12);
  expect(lineOf(["Records", 1])).toBe(13);
  expect(lineOf(["Records", 1, "a", "c.d", 0])).toBe(15);
  expect(lineOf(["Records", 1, "a", "missing", "more"])).toBe(14);
  expect(lineOf(["Records", 7])).toBe(11);
});
