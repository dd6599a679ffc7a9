/** The time patterns of prefixes against Java's DateTimeFormatter, where there is Java 17 or later. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { datePattern } from "../../packages/services/src/firehose/prefix/date-pattern.ts";
import { missingJava } from "./missing.ts";

const program = fileURLToPath(new URL("FirehoseDates.java", import.meta.url));

/** `z` is left out: short names of time zones are another library's. `F` changed its meaning in Java 19. */
const field = fc
  .tuple(fc.constantFrom(..."GuyMLQqwWDdEecahKkHmsSAnNXxZOVY"), fc.integer({ min: 1, max: 6 }))
  .map(([letter, count]) => letter.repeat(count));
const piece = fc.oneof(
  { weight: 4, arbitrary: field },
  { weight: 2, arbitrary: fc.constantFrom("/", "-", ":", " ", "=", ".", "_") },
  { weight: 1, arbitrary: fc.constantFrom("'year='", "'o''clock'", "''", "''''", "'T'", "[", "]") },
);
const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(""));
const instant = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2099, 11) });
const zone = fc.constantFrom(
  ...["UTC", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "Europe/Berlin"],
  ...["Australia/Adelaide", "America/St_Johns", "Pacific/Auckland"],
);

test.skipIf(missingJava())("Prefixes have the times that Java would write.", () => {
  const cases = fc.sample(fc.tuple(instant, zone, pattern), { numRuns: 3000, seed: 1 });
  const input = cases.map((one) => one.join("\t")).join("\n");
  const lines = execFileSync("java", [program], { input, encoding: "utf8" }).split("\n");
  let refused = 0;
  cases.forEach(([at, timeZone, text], i) => {
    if (lines[i] === "refused") refused++;
    expect([text, timeZone, at, ours(text, timeZone, at)]).toEqual([text, timeZone, at, lines[i]]);
  });
  expect(refused).toBeGreaterThan(100);
  expect(refused).toBeLessThan(cases.length - 100);
});

function ours(text: string, timeZone: string, at: number): string {
  try {
    return `=${datePattern(text, timeZone)(at)}`;
  } catch (error) {
    if (error instanceof RangeError) return "refused";
    throw error;
  }
}
