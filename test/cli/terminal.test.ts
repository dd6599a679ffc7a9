import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  harmless,
  harmlessOutput,
  oneLine,
  onlyColours,
  withoutColours,
} from "../../packages/cli/src/terminal/terminal.ts";
import { anyCharacter } from "../any-character.ts";

/** What no terminal may get: controls, turned directions, what nobody sees. */
const seen =
  /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]*$/u;

describe("a text for a terminal", () => {
  it.each([
    ["a sequence that clears the screen", "a\x1b[2Jb", "a\\u001b[2Jb"],
    ["a title, and a bell", "\x1b]0;title\x07", "\\u001b]0;title\\u0007"],
    ["C1, which some terminals obey", "\x9b2J", "\\u009b2J"],
    ["backspaces and DEL", "rm\b\b\x7f", "rm\\u0008\\u0008\\u007f"],
    ["a carriage return that writes over the line", "failed\rdone", "failed\\u000ddone"],
    ["a direction that is turned", "\u202egnp.exe", "\\u202egnp.exe"],
    ["isolates and marks", "\u2066a\u2069\u200f", "\\u2066a\\u2069\\u200f"],
    ["nothing between letters", "ad\u200bmin pay\u200dpal", "ad\\u200bmin pay\\u200dpal"],
    ["a letter that is blank", "a\u3164b\u115f", "a\\u3164b\\u115f"],
    ["tags, which say something that nobody sees", "\u{e0041}", "\\udb40\\udc41"],
    ["half a character", "\ud800x", "\\ud800x"],
    ["line separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["a soft hyphen and a byte order mark", "\ufeffa\u00adb", "\\ufeffa\\u00adb"],
  ])("shows %s", (_, text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  it.each([
    "plain text\twith tabs\nand lines",
    "Grüße, 日本語, Ελληνικά, привет, שלום, مرحبا ٤٢",
    "👨‍👩‍👧 ❤️‍🔥 👍🏽 1️⃣",
    "می‌خواهم",
    "क्‍ष",
    "\u0600١٢",
  ])("leaves %j as it is", (text) => {
    expect(harmless(text)).toBe(text);
  });

  it("has the line ends of this machine", () => {
    expect(harmless("a\r\nb")).toBe("a\nb");
    expect(oneLine("a\r\nb\nc")).toBe("a\\u000ab\\u000ac");
  });

  it("holds nothing that it obeys, whatever it was made of", () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 40 });
    fc.assert(
      fc.property(text, (given) => {
        expect(seen.test(harmless(given).replace(/[\n\t]/g, ""))).toBe(true);
        expect(harmless(harmless(given))).toBe(harmless(given));
      }),
    );
  });

  it("is the same JSON, where it is JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (given) => {
        const json = harmless(JSON.stringify({ [given]: given }));
        expect(json).toMatch(seen);
        expect(JSON.parse(json)).toEqual({ [given]: given });
      }),
    );
  });
});

describe("colours of a text", () => {
  it("stay up to the end of its line, and nothing else does", () => {
    expect(onlyColours("\x1b[1;31mred\x1b]0;x\x07\nnext\x1b[2K")).toBe(
      "\x1b[1;31mred\\u001b]0;x\\u0007\x1b[0m\nnext\\u001b[2K",
    );
    expect(onlyColours("\x1b[31mred\x1b[0m")).toBe("\x1b[31mred\x1b[0m");
  });

  it("are left out where there is no terminal", () => {
    expect(withoutColours("\x1b[38;5;9mred\x1b[0m \x1b[A")).toBe("red \\u001b[A");
  });
});

it("an output makes harmless what is written, and leaves what is drawn", () => {
  let text = "";
  const output = harmlessOutput({ write: (part) => (text += part), isTTY: true });
  output.write("\x1b[K");
  output.draw?.("\r\x1b[K");
  expect(text).toBe("\\u001b[K\r\x1b[K");
  expect(output.isTTY).toBe(true);
});

it("a terminal that does not say how wide it is has no width", () => {
  const wide = { write: () => {}, isTTY: true, columns: 0 };
  expect(harmlessOutput(wide).columns).toBeUndefined();
  wide.columns = 70;
  expect(harmlessOutput(wide).columns).toBe(70);
});
