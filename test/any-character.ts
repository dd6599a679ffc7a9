/**
 * Any character of Unicode, as the `unit` of fast-check's strings. Its own, `binary`, has a table made of all 1,112,064 of them, which takes a
 * second of each worker.
 */
import fc from "fast-check";

/** Halves of pairs lie in between: no characters. */
const surrogates = { from: 0xd800, count: 0x800 };
const characters = 0x110000 - surrogates.count;

export const anyCharacter = fc.nat(characters - 1).map(
  (at) => String.fromCodePoint(at < surrogates.from ? at : at + surrogates.count),
  (text) => {
    const point = typeof text === "string" ? (text.codePointAt(0) ?? -1) : -1;
    const isOne = point >= 0 && String.fromCodePoint(point) === text && text.isWellFormed();
    if (!isOne) throw new Error("It is no character.");
    return point < surrogates.from ? point : point - surrogates.count;
  },
);
