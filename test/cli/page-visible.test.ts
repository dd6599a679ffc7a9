import { expect, test } from "vitest";
import { visible } from "../../packages/cli/page/visible.ts";

test("nothing hides in a text: controls and turns of direction are seen, and lines stay lines", () => {
  const esc = String.fromCharCode(27);
  const turn = String.fromCharCode(0x202e);
  expect(visible(`${esc}[31m a\tb\nc ${turn}"}`)).toBe('\\u001b[31m a\tb\nc \\u202e"}');
  expect(visible("Zürich 東京 🚆")).toBe("Zürich 東京 🚆");
});
