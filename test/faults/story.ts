/** A day told as a time line: who did what to which record. */
import { harmless } from "../../packages/cli/src/terminal/terminal.ts";
import type { Scenario } from "./scenario.ts";
import type { Outcome } from "./world.ts";

const beginning = Date.UTC(2026, 0, 1);

export function story({ steps, ...setup }: Scenario, { lines, violations }: Outcome): string {
  const told = lines.map(({ at, who, what }) => `${since(at)}  ${who.padEnd(15)}  ${what}`);
  const end = told.findIndex((_, place) => lines[place]!.who === "CHECKER");
  return harmless(
    [
      JSON.stringify(setup, null, 1),
      `${steps.length} steps: ${steps.map(({ type }) => type).join(", ")}`,
      ...(end < 0 ? told : told.slice(0, end + 1)),
      ...violations.map(({ rule, what }) => `VIOLATED: ${rule}: ${what}`),
    ].join("\n"),
  );
}

/** `1d 02:03:04.567` since the beginning. */
function since(at: number): string {
  const ms = at - beginning;
  const days = Math.floor(ms / 86_400_000);
  const time = new Date(ms).toISOString().slice(11, 23);
  return `${days > 0 ? `${days}d ` : ""}${time}`.padStart(15);
}
