/** `(PARTITION BY a RANGE INTERVAL '1' MINUTE PRECEDING)`. */
import type { ExpressionNode } from "../nodes/expressions.ts";
import { type FrameNode, type WindowNode, windowNode } from "../nodes/expressions.ts";
import { SqlError } from "../text/sql-error.ts";
import { type Cursor, endsNames } from "./cursor.ts";

export function parseWindow(cursor: Cursor): WindowNode {
  const { at } = cursor;
  cursor.expectSymbol("(");
  const { kind, value } = cursor.token;
  const isBase = kind === "name" || (kind === "word" && !endsNames.has(value));
  const base = isBase ? cursor.next().value : undefined;
  const partition = cursor.take("PARTITION", "BY") ? cursor.expressions() : [];
  if (cursor.sees("ORDER")) {
    throw new SqlError(
      "A window of a stream has no ORDER BY: its rows come in the order of ROWTIME.",
      cursor.at,
      "Leave ORDER BY out.",
    );
  }
  const frame = cursor.sees("RANGE") || cursor.sees("ROWS") ? parseFrame(cursor) : undefined;
  cursor.expectSymbol(
    ")",
    "A window is written (PARTITION BY … RANGE INTERVAL '1' MINUTE PRECEDING).",
  );
  return windowNode({ kind: "window", base, partition: Object.freeze(partition), frame, at });
}

function parseFrame(cursor: Cursor): FrameNode {
  const { at } = cursor;
  const mode = cursor.next().value === "ROWS" ? "rows" : "range";
  const isBetween = cursor.take("BETWEEN");
  const preceding = parseBound(cursor);
  if (isBetween) {
    cursor.expect("AND", "BETWEEN … PRECEDING AND CURRENT ROW.");
    const end = cursor.at;
    if (!isCurrent(parseBound(cursor))) {
      throw new SqlError("A window must end with the current row.", end, "Write AND CURRENT ROW.");
    }
  }
  return windowNode({ kind: "frame", mode, preceding, at });
}

function parseBound(cursor: Cursor): FrameNode["preceding"] {
  const { at } = cursor;
  if (cursor.take("CURRENT", "ROW")) return "current";
  const bound: ExpressionNode | "unbounded" = cursor.take("UNBOUNDED")
    ? "unbounded"
    : cursor.expression();
  if (cursor.take("FOLLOWING")) {
    if (isCurrent(bound)) return "current";
    throw new SqlError(
      "A window over a stream cannot look ahead.",
      at,
      "Windows end with the current row: write … PRECEDING.",
    );
  }
  cursor.expect("PRECEDING");
  return bound;
}

/** `0 PRECEDING` means the current row. */
const isCurrent = (bound: FrameNode["preceding"]) =>
  bound === "current" ||
  (typeof bound === "object" && bound.kind === "number" && Number(bound.text) === 0);
