/** What `shardmill redrive` prints for a person. */
import { counted } from "../terminal/counted.ts";
import { oneLine } from "../terminal/terminal.ts";
import { type Outcome, outcomes, type Told } from "./outcome.ts";

export function line({
  outcome,
  where,
  id,
  partitionKey,
  arrivedAt,
  what,
  attempts,
}: Told): string {
  const who = partitionKey === undefined ? "" : `  key ${partitionKey}`;
  const when = arrivedAt === undefined ? "" : `  arrived ${arrivedAt}`;
  const tries = attempts === undefined ? "" : `  ${counted(attempts, "attempt")}`;
  const first = oneLine(`${outcome.padEnd(11)}  ${id ?? where}${who}${when}${tries}`);
  return `${first}\n${what ? `             ${oneLine(what)}\n` : ""}`;
}

export function sums(counts: Partial<Record<Outcome, number>>): string {
  const told = outcomes.flatMap((outcome) =>
    counts[outcome] === undefined ? [] : [`${counts[outcome]} ${outcome}`],
  );
  return told.length === 0 ? "Nothing is parked or given up here.\n" : `${told.join(", ")}.\n`;
}
