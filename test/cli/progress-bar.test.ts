import { expect, it } from "vitest";
import { progressBar } from "../../packages/cli/src/terminal/progress-bar.ts";

const label = "/a/long/path/to/a/file/of/some/length/orders.ndjson";

it("a bar fits into its line: one that wraps could not be drawn over", () => {
  let text = "";
  const out = { write: (part: string) => (text += part), isTTY: true, columns: 64 };
  progressBar(label, 100, out).update(100);
  const drawn = text.replace("\r", "").replace("\x1b[K", "");
  expect(drawn).toMatch(/^….*orders\.ndjson ━{30} 100% 100\/100$/);
  expect(drawn.length).toBeLessThan(64);
});

it("in a pipe it is a line for each tenth, with the whole name", () => {
  let text = "";
  const bar = progressBar(label, 100, { write: (part: string) => (text += part) });
  for (let done = 0; done <= 100; done++) bar.update(done);
  bar.end();
  expect(text.split("\n")).toHaveLength(11);
  expect(text).toContain(`${label} 50/100\n`);
});
