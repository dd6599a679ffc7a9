/** Functions in FROM TABLE(…) that Flink has words for. */
import type { TableFunctionNode } from "../../../../../src/sql/nodes/query.ts";
import { NoEqual } from "./no-equal.ts";
import { lengthOf, named } from "./words.ts";
import type { Made, Writing } from "./writing.ts";

export function tableFunctionOf(node: TableFunctionNode, writing: Writing): Made {
  const { args, at, name } = node;
  if (name !== "COUNT_DISTINCT_ITEMS_TUMBLING") {
    throw new NoEqual(
      name === "TOP_K_ITEMS_TUMBLING"
        ? "TOP_K_ITEMS_TUMBLING has no equal: rows of one count come in any order there. Write ROW_NUMBER() over a window's groups."
        : `${name} has no equal: it keeps a model, which Flink's SQL does not. Keep this pump here, or write a function of Flink's with state.`,
      at,
    );
  }
  const [cursor, column, seconds] = args;
  if (cursor?.kind !== "cursor" || column?.kind !== "text" || seconds?.kind !== "number")
    throw new NoEqual(`The arguments of ${name} are not written.`, at);
  const input = writing.query(cursor.query);
  if (!input.hasTime) throw new NoEqual("The rows of CURSOR have no time of Flink's any more.", at);
  const view = writing.view(input.text);
  return {
    text: `SELECT COUNT(DISTINCT ${named(column.value)}) AS ${named("NUMBER_OF_DISTINCT_ITEMS")}, window_time AS ${named("ROWTIME")} FROM TABLE(TUMBLE(TABLE ${named(view)}, DESCRIPTOR(${named("ROWTIME")}), ${lengthOf(Number(seconds.text) * 1000)})) GROUP BY window_start, window_end, window_time`,
    columns: ["NUMBER_OF_DISTINCT_ITEMS"],
    hasTime: true,
    isOfWindows: true,
  };
}
