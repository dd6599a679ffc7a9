/** The innermost part of an expression: a value, a column, a call, something in brackets. */
import {
  type CallNode,
  type ExpressionNode,
  expression,
  type OverNode,
} from "../nodes/expressions.ts";
import { literal, units } from "../nodes/literals.ts";
import { type Identifier, nameNode } from "../nodes/names.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { type Cursor, endsNames } from "./cursor.ts";
import { parseLiteral, parseType, parseUnit } from "./literals.ts";
import { parseWindow } from "./windows.ts";

export function parsePrimary(cursor: Cursor): ExpressionNode {
  const found = parseLiteral(cursor);
  if (found) return found;
  if (cursor.seesSymbol("(")) {
    if (cursor.ahead(1).kind === "word" && cursor.ahead(1).value === "SELECT") {
      throw new SqlError(
        "A SELECT cannot stand in for a value.",
        cursor.at,
        "Put it into FROM, or into a pump of its own, and join.",
      );
    }
    cursor.next();
    const inner = cursor.expression();
    cursor.expectSymbol(")", "A bracket is open.");
    return inner;
  }
  if (cursor.sees("CASE")) return parseCase(cursor);
  if (cursor.sees("CAST")) return parseCast(cursor);
  const { token } = cursor;
  const isName =
    token.kind === "name" ||
    (token.kind === "word" && (!endsNames.has(token.value) || isFunction(cursor)));
  if (!isName) throw cursor.unexpected("A value");
  const after = cursor.ahead(1);
  if (token.kind === "word" && after.kind === "symbol" && after.value === "(")
    return parseCall(cursor);
  return parseName(cursor);
}

/** LEFT and RIGHT are words of a join, and would be functions elsewhere. */
const isFunction = (cursor: Cursor) => {
  const after = cursor.ahead(1);
  return (
    /^(LEFT|RIGHT)$/.test(cursor.token.value) && after.kind === "symbol" && after.value === "("
  );
};

/** `a`, `s.a`, `s.record.a`. */
function parseName(cursor: Cursor): ExpressionNode {
  const parts: Identifier[] = [cursor.identifier("A value")];
  while (cursor.takeSymbol(".")) parts.push(cursor.identifier("A column"));
  return nameNode(parts);
}

function parseCase(cursor: Cursor): ExpressionNode {
  const { at } = cursor;
  cursor.expect("CASE");
  const operand = cursor.sees("WHEN") ? undefined : cursor.expression();
  const branches = [];
  while (cursor.take("WHEN")) {
    // WHEN 1, 2 THEN: any of them.
    const whens = cursor.expressions();
    cursor.expect("THEN");
    const result = cursor.expression();
    for (const when of whens) branches.push(Object.freeze({ when, result }));
  }
  if (branches.length === 0) throw cursor.unexpected("WHEN");
  const otherwise = cursor.take("ELSE") ? cursor.expression() : undefined;
  cursor.expect("END", "CASE stands with END.");
  return expression({ kind: "case", operand, branches: Object.freeze(branches), otherwise, at });
}

function parseCast(cursor: Cursor): ExpressionNode {
  const { at } = cursor;
  cursor.expect("CAST");
  cursor.expectSymbol("(");
  const operand = cursor.expression();
  cursor.expect("AS", "CAST(value AS type).");
  const type = parseType(cursor);
  cursor.expectSymbol(")");
  return expression({ kind: "cast", operand, type, at });
}

/** A call, in the ways that functions are called in SQL. */
function parseCall(cursor: Cursor): ExpressionNode {
  const { at } = cursor;
  const name = cursor.next().value;
  cursor.expectSymbol("(");
  const special = specials[name];
  const parsed = special?.(cursor, at);
  if (parsed) {
    cursor.expectSymbol(")", `${name} has a bracket that is open.`);
    return withOver(cursor, parsed);
  }
  const call = parseArguments(cursor, name, at);
  cursor.expectSymbol(")", `${name} has a bracket that is open.`);
  return withOver(cursor, call);
}

function parseArguments(cursor: Cursor, name: string, at: Position): CallNode {
  if (cursor.takeSymbol("*")) return call(name, [], at, { star: true });
  if (cursor.seesSymbol(")")) return call(name, [], at);
  const distinct = cursor.take("DISTINCT");
  if (!distinct) cursor.take("ALL");
  return call(name, cursor.expressions(), at, { distinct, ...takeNulls(cursor) });
}

/** What stands behind a call: IGNORE NULLS, OVER. */
function withOver(cursor: Cursor, called: ExpressionNode): ExpressionNode {
  if (called.kind !== "call") return called;
  const nulls = takeNulls(cursor);
  const { at } = cursor;
  if (!cursor.take("OVER")) return expression({ ...called, ...nulls });
  const over: OverNode = cursor.seesSymbol("(")
    ? { name: undefined, window: parseWindow(cursor), at }
    : { name: cursor.identifier("A window, or its name,").name, window: undefined, at };
  return expression({ ...called, ...nulls, over: Object.freeze(over) });
}

function takeNulls(cursor: Cursor): { readonly nulls?: "ignore" | "respect" } {
  if (cursor.take("IGNORE", "NULLS")) return { nulls: "ignore" };
  if (cursor.take("RESPECT", "NULLS")) return { nulls: "respect" };
  return {};
}

const call = (
  name: string,
  args: readonly ExpressionNode[],
  at: Position,
  more: Partial<CallNode> = {},
): CallNode =>
  expression({
    ...{ kind: "call", name, args: Object.freeze(args), star: false, distinct: false },
    ...{ nulls: undefined, over: undefined, at, ...more },
  });

/** Functions whose arguments have words between them. Undefined: it is called as any other. */
const specials: Readonly<
  Record<string, (cursor: Cursor, at: Position) => ExpressionNode | undefined>
> = {
  FLOOR: (cursor, at) => parseRound(cursor, "FLOOR", at),
  CEIL: (cursor, at) => parseRound(cursor, "CEIL", at),
  CEILING: (cursor, at) => parseRound(cursor, "CEIL", at),
  STEP(cursor, at) {
    const operand = cursor.expression();
    cursor.expect("BY", "STEP(time BY INTERVAL '60' SECOND).");
    return expression({
      kind: "round",
      name: "STEP",
      operand,
      unit: undefined,
      by: cursor.expression(),
      at,
    });
  },
  EXTRACT(cursor, at) {
    const unit = literal({ kind: "text", value: cursor.next().value, at });
    cursor.expect("FROM", "EXTRACT(SECOND FROM time).");
    return call("EXTRACT", [unit, cursor.expression()], at);
  },
  POSITION(cursor, at) {
    const searched = parseExpression2(cursor);
    cursor.expect("IN", "POSITION('x' IN text).");
    const args = [searched, cursor.expression()];
    if (cursor.take("FROM")) args.push(cursor.expression());
    return call("POSITION", args, at);
  },
  SUBSTRING: (cursor, at) => parseSubstring(cursor, at),
  OVERLAY(cursor, at) {
    const args = [cursor.expression()];
    cursor.expect("PLACING", "OVERLAY(text PLACING other FROM start FOR length).");
    args.push(cursor.expression());
    cursor.expect("FROM");
    args.push(cursor.expression());
    if (cursor.take("FOR")) args.push(cursor.expression());
    return call("OVERLAY", args, at);
  },
  TRIM(cursor, at) {
    const side =
      (["BOTH", "LEADING", "TRAILING"] as const).find((side) => cursor.take(side)) ?? "BOTH";
    const mode = literal({ kind: "text", value: side, at });
    const blank = literal({ kind: "text", value: " ", at });
    if (cursor.take("FROM")) return call("TRIM", [mode, blank, cursor.expression()], at);
    const first = cursor.expression();
    if (!cursor.take("FROM")) return call("TRIM", [mode, blank, first], at);
    return call("TRIM", [mode, first, cursor.expression()], at);
  },
};

/** Up to IN, which is a word of POSITION here and no test. */
function parseExpression2(cursor: Cursor): ExpressionNode {
  const searched = parsePrimary(cursor);
  if (cursor.sees("IN")) return searched;
  const { at } = cursor;
  cursor.expectSymbol("||", "POSITION(text IN text): put what is searched into brackets.");
  return expression({
    kind: "binary",
    operator: "||",
    left: searched,
    right: parseExpression2(cursor),
    at,
  });
}

/** `SUBSTRING(x FROM 1 FOR 2)`, `SUBSTRING(x, 1, 2)`, `SUBSTRING(x FROM 'a.*')`, `SUBSTRING(x SIMILAR p ESCAPE '#')`. */
function parseSubstring(cursor: Cursor, at: Position): ExpressionNode {
  const text = parsePlain(cursor);
  if (cursor.take("SIMILAR")) {
    cursor.take("TO");
    const pattern = cursor.expression();
    cursor.expect("ESCAPE", "SUBSTRING(text SIMILAR pattern ESCAPE '#').");
    return call("SUBSTRING_SIMILAR", [text, pattern, cursor.expression()], at);
  }
  const args = [text];
  const isListed = cursor.takeSymbol(",");
  if (!isListed) cursor.expect("FROM", "SUBSTRING(text FROM start FOR length).");
  args.push(cursor.expression());
  if (isListed ? cursor.takeSymbol(",") : cursor.take("FOR")) args.push(cursor.expression());
  return call("SUBSTRING", args, at);
}

/** A value before SIMILAR, which is a word of SUBSTRING here. */
function parsePlain(cursor: Cursor): ExpressionNode {
  const first = parsePrimary(cursor);
  const { at } = cursor;
  if (!cursor.takeSymbol("||")) return first;
  return expression({ kind: "binary", operator: "||", left: first, right: parsePlain(cursor), at });
}

/** `FLOOR(x)` is a number's; `FLOOR(x TO MINUTE)` a time's. */
function parseRound(cursor: Cursor, name: "FLOOR" | "CEIL", at: Position): ExpressionNode {
  const operand = cursor.expression();
  if (!cursor.take("TO")) return call(name, [operand], at);
  const unit = units.some((unit) => cursor.sees(unit)) ? parseUnit(cursor) : undefined;
  if (!unit) throw cursor.unexpected(`A unit (${units.join(", ")})`);
  return expression({ kind: "round", name, operand, unit, by: undefined, at });
}
