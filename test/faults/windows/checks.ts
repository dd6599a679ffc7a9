/** What must hold of rows: they are those of a day without faults, and one comes again only for a reason that the promise names. */
import type { Book } from "../book.ts";
import { effectsTable } from "../effects.ts";
import type { Invocation } from "../invocation.ts";
import type { World } from "../world.ts";
import { type ExpectedRow, expectedRows } from "./expected.ts";
import type { DayRow } from "./rows.ts";

export type RowChecks = ReturnType<typeof createRowChecks>;

export function createRowChecks(book: Book) {
  const rows = new Map<string, { readonly said: string; readonly by: Invocation[] }>();
  return {
    /** What each row said, by its id. */
    rows,

    /** The effect of a row happens. */
    effect(row: DayRow, invocation: Invocation): void {
      const { ended, id, wasFrozen } = invocation;
      if (ended !== undefined && !wasFrozen) {
        book.violate("pending", `row ${row.id} had its effect when invocation ${id} was over`);
      }
      if (invocation.isStranger) book.violate("whose log", `another function ran row ${row.id}`);
      const said = JSON.stringify(row);
      const before = rows.get(row.id);
      if (!before) {
        rows.set(row.id, { said, by: [invocation] });
        return;
      }
      if (before.said !== said) {
        book.violate("rows", `a row says ${said}, and said ${before.said} before`);
      }
      const isMerged = row.id.includes("/shardId-merged/");
      const known = before.by.find((first) => !excuse(first, invocation, isMerged));
      if (known) {
        book.violate(
          "once",
          `row ${row.id} had an effect in invocation ${id}; it had one in ${known.id}, which ended well (${known.end}) before`,
        );
      }
      before.by.push(invocation);
    },
  };
}

/**
 * Why the second could not know of an effect of the first; undefined: it should have. A row that was merged is claimed by a shard, or by a flush: only two
 * of one may run it at once.
 */
function excuse(first: Invocation, second: Invocation, isMerged: boolean): string | undefined {
  if (first === second) return undefined;
  if (first.end === "killed") return "it was killed";
  if (first.wasFrozen || second.wasFrozen) return "one of them stood still";
  if (first.hasHung) return "it hung";
  if (first.appendFailed) return "not written";
  const isOver = first.ended !== undefined && first.ended <= (second.read?.at ?? second.began);
  const isOfOne = !isMerged || first.shardId === second.shardId;
  return isOver || !isOfOne ? undefined : "they overlapped";
}

/** When the day is over, and everything has closed. */
export function checkRows(world: World, checks: RowChecks, isQuiet: boolean): void {
  const { book, scenario } = world;
  if (!isQuiet) book.violate("isolation", "a shard does not move on");
  const isWritten = scenario.consumer.work === "rowsInTransactions";
  const texts = isWritten ? writtenRows(world) : [...checks.rows.values()].map(({ said }) => said);
  const found = texts.map(withoutId).sort();
  const expected = expectedRows(book.records.values(), scenario.consumer).map(textOf).sort();
  const missing = expected.find((row) => !found.includes(row));
  const wrong = found.find((row) => !expected.includes(row));
  if (wrong) book.violate("rows", `there is a row ${wrong}${missing ? `, and no ${missing}` : ""}`);
  else if (missing) book.violate("no loss", `there is no row ${missing}`);
  else if (found.length !== expected.length) {
    book.violate("once", `there are ${found.length} rows, and should be ${expected.length}`);
  }
}

/** Those of transactions, each of which must have got through once. */
function writtenRows({ book, db }: World): readonly string[] {
  return db.items(effectsTable).flatMap(({ pk, said, times }) => {
    if (times?.N !== "1") book.violate("once", `${pk?.S} was written ${times?.N} times`);
    return said?.S ?? [];
  });
}

function withoutId(said: string): string {
  const { id: _, ...row } = JSON.parse(said) as DayRow;
  return textOf(row as ExpectedRow);
}

const textOf = ({ key, start, end, count, total, last, remainders }: ExpectedRow) =>
  JSON.stringify({ key, start, end, count, total, last, remainders });
