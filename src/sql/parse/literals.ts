/** Values that stand in the text. */
import {
  type IntervalNode,
  type LiteralNode,
  literal,
  type Unit,
  units,
} from "../nodes/literals.ts";
import { type TypeNode, typeNode } from "../nodes/types.ts";
import { SqlError } from "../text/sql-error.ts";
import type { Cursor } from "./cursor.ts";

/** Undefined where none stands here. */
export function parseLiteral(cursor: Cursor): LiteralNode | undefined {
  const { token, at } = cursor;
  if (token.kind === "number") return literal({ kind: "number", text: cursor.next().value, at });
  if (token.kind === "text") {
    let value = cursor.next().value;
    // Texts that stand in lines of their own are one.
    while (cursor.token.kind === "text") value += cursor.next().value;
    return literal({ kind: "text", value, at });
  }
  if (cursor.take("NULL")) return literal({ kind: "null", at });
  if (cursor.take("TRUE")) return literal({ kind: "boolean", value: true, at });
  if (cursor.take("FALSE")) return literal({ kind: "boolean", value: false, at });
  if (cursor.take("UNKNOWN")) return literal({ kind: "null", at });
  if (cursor.sees("INTERVAL") && ["text", "symbol"].includes(cursor.ahead(1).kind)) {
    return parseInterval(cursor);
  }
  for (const type of ["DATE", "TIME", "TIMESTAMP"] as const) {
    if (!cursor.sees(type) || cursor.ahead(1).kind !== "text") continue;
    cursor.next();
    return literal({ kind: "moment", type, text: cursor.next().value, at });
  }
  return undefined;
}

/** `INTERVAL '10' SECOND`, `INTERVAL '59:59.999' MINUTE TO SECOND(3)`. */
export function parseInterval(cursor: Cursor): IntervalNode {
  const { at } = cursor;
  cursor.expect("INTERVAL");
  const isNegative = cursor.takeSymbol("-");
  const text = cursor.textValue("a length in single quotes, such as INTERVAL '10' SECOND,");
  const { from, to } = parseUnits(cursor);
  return literal({ kind: "interval", text: isNegative ? `-${text}` : text, from, to, at });
}

/** `MINUTE`, `DAY(3)`, `MINUTE TO SECOND(3)`. */
export function parseUnits(cursor: Cursor): { readonly from: Unit; readonly to: Unit } {
  const { at } = cursor;
  const from = parseUnit(cursor);
  skipPrecision(cursor);
  if (!cursor.take("TO")) return { from, to: from };
  const to = parseUnit(cursor);
  skipPrecision(cursor);
  if (units.indexOf(to) <= units.indexOf(from) || (units.indexOf(from) < 2 && to !== "MONTH")) {
    throw new SqlError(
      `${from} TO ${to} is no interval.`,
      at,
      "The longer unit comes first, and months have no days.",
    );
  }
  return { from, to };
}

export function parseUnit(cursor: Cursor): Unit {
  const { kind, value } = cursor.token;
  const unit = units.find((unit) => unit === value || `${unit}S` === value);
  if (kind !== "word" || !unit) throw cursor.unexpected(`A unit (${units.join(", ")})`);
  cursor.next();
  return unit;
}

/** How many digits it has does not matter: milliseconds are kept anyway. */
function skipPrecision(cursor: Cursor): void {
  if (!cursor.takeSymbol("(")) return;
  do cursor.wholeNumber("A number of digits");
  while (cursor.takeSymbol(","));
  cursor.expectSymbol(")");
}

/** `VARCHAR(16)`, `DOUBLE PRECISION`, `INTERVAL DAY TO SECOND`. */
export function parseType(cursor: Cursor): TypeNode {
  const { token, at } = cursor;
  if (cursor.take("INTERVAL")) {
    const { from, to } = parseUnits(cursor);
    return typeNode(`INTERVAL ${from} TO ${to}`, [], at);
  }
  if (token.kind !== "word") throw cursor.unexpected("A type, such as VARCHAR(16),");
  let name = cursor.next().value;
  if (name === "DOUBLE") cursor.take("PRECISION");
  if (name === "CHARACTER" || name === "CHAR") {
    name = cursor.take("VARYING") ? "VARCHAR" : "CHAR";
  }
  if (name === "BINARY" && cursor.take("VARYING")) name = "VARBINARY";
  const numbers: number[] = [];
  if (cursor.takeSymbol("(")) {
    do numbers.push(cursor.wholeNumber("A length"));
    while (cursor.takeSymbol(","));
    cursor.expectSymbol(")", "The brackets of a type hold its length, or its digits.");
  }
  if (name === "TIMESTAMP" || name === "TIME") {
    if (cursor.take("WITHOUT", "TIME", "ZONE")) return typeNode(name, numbers, at);
  }
  return typeNode(name, numbers, at);
}
