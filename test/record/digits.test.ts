/** What a sequence number is, four digits at a time. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { isSequenceNumber } from "../../src/record/digits.ts";
import { anyCharacter } from "../any-character.ts";

const isOne = /^(?:0|[1-9]\d{0,128})$/;

it("is 1 to 129 digits, of which the first is not 0 but in 0 alone", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 132 });
  const almost = fc
    .tuple(digits, fc.string({ unit: anyCharacter, maxLength: 2 }), digits)
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(digits, almost), (text) => {
      expect(isSequenceNumber(text)).toBe(isOne.test(text));
    }),
    { numRuns: 2000 },
  );
});

it("has no character that is not ASCII, wherever it stands", () => {
  const wrong: string[] = [];
  for (let code = 0; code < 0x10000; code++) {
    const one = String.fromCharCode(code);
    for (const text of [one, `1${one}`, `12${one}4`, `1234${one}`]) {
      if (isSequenceNumber(text) !== isOne.test(text)) wrong.push(text);
    }
  }
  expect(wrong).toEqual([]);
});

it("is a text", () => {
  expect([undefined, null, 1, ["1"], Buffer.from("1")].map(isSequenceNumber)).not.toContain(true);
});
