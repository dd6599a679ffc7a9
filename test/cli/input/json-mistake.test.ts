import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findMistake } from "../../../packages/cli/src/input/json-mistake.ts";
import { locateMistake, parseJson } from "../../../packages/cli/src/input/parse-json.ts";

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("findMistake", () => {
  it("finds none in JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, "\t"), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(findMistake(text)).toBeUndefined();
      }),
    );
  });

  it("finds one in exactly what JSON.parse refuses, and within the text or at its end", () => {
    const pieces = ["{", "}", "[", "]", ",", ":", '"', '"a"', "1", "-", ".", "0", "e", "+"];
    const words = ["true", "nul", " ", "\n", "\\", "\\u12", "\\n", "'", "//", "ä", "🙂", "\u0007"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const mistake = findMistake(text);
        expect(mistake === undefined).toBe(isJson(text));
        if (!mistake) return;
        expect(mistake.at).toBeGreaterThanOrEqual(0);
        expect(mistake.at).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 5_000 },
    );
  });

  it("finds the character that was damaged, or what follows from it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(), (json, somewhere) => {
        const at = somewhere % json.length;
        const text = `${json.slice(0, at)}\u0001${json.slice(at + 1)}`;
        // A control character may stand nowhere.
        expect(findMistake(text)!.at).toBeLessThanOrEqual(at);
      }),
    );
  });

  it("takes a time that grows with the length, and any depth", () => {
    const deep = "[".repeat(200_000);
    expect(findMistake(deep)).toEqual({
      at: deep.length,
      what: "Unexpected end of file in JSON",
    });
    expect(findMistake(`"${"a".repeat(5_000_000)}`)!.what).toBe("Unterminated string literal");
  });

  it.each([
    ['{"a":1,}', 6, "JSON does not support trailing commas"],
    ["[1,]", 2, "JSON does not support trailing commas"],
    ['{"a" 1}', 5, 'Expected ":" in JSON but found "1"'],
    ["{a:1}", 1, 'Expected string in JSON but found "a"'],
    ["{,}", 1, 'Expected string in JSON but found ","'],
    ["[1 2]", 3, 'Expected "," in JSON but found "2"'],
    ["[1,2", 4, 'Expected "," in JSON but found end of file'],
    ['{"a":1} x', 8, 'Expected end of file in JSON but found "x"'],
    ['{"a":tru}', 5, 'Unexpected "tru" in JSON'],
    ["['a']", 1, "JSON strings must use double quotes"],
    ["// c\n1", 0, "JSON does not support comments"],
    ["01", 0, 'Unexpected "01" in JSON'],
    ['{"a":"\\q"}', 6, 'Unexpected "\\\\q" in a string'],
    ["", 0, "Unexpected end of file in JSON"],
  ])("of %j says the place and what was expected", (text, at, what) => {
    expect(findMistake(text)).toEqual({ at, what });
  });
});

it("a mistake has the line and the column of its first character", () => {
  expect(locateMistake('{\n  "a": 1,\n  b: 2\n}')).toEqual({
    ...{ line: 3, column: 3 },
    what: 'Expected string in JSON but found "b"',
  });
  expect(() => parseJson('{\n"a" 1}', "event.json")).toThrow(
    'event.json:2:5: this is no JSON: Expected ":" in JSON but found "1".',
  );
  expect(() => parseJson(" ", "event.json")).toThrow("event.json is empty, and no JSON.");
});
