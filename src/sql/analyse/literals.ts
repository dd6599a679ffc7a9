import type { LiteralNode } from "../nodes/literals.ts";
import { constant, type Typed } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { parseInterval, parseTime, parseTimestamp, showInterval } from "../types/calendar.ts";
import { parseDecimal } from "../types/integers.ts";
import {
  bigintType,
  booleanType,
  dateType,
  decimal,
  doubleType,
  integerType,
  interval,
  mostDigits,
  nullType,
  showType,
  timestampType,
  timeType,
  varchar,
} from "../types/sql-type.ts";

export function literal(node: LiteralNode): Typed {
  switch (node.kind) {
    case "null":
      return constant(null, nullType, "NULL");
    case "boolean":
      return constant(node.value, booleanType, node.value ? "TRUE" : "FALSE");
    case "text":
      return constant(
        node.value,
        varchar(Math.max(1, node.value.length)),
        `'${node.value.replaceAll("'", "''")}'`,
      );
    case "number":
      return number(node.text, node.at);
    case "interval": {
      const value = parseInterval(node.text, node.from, node.to, node.at);
      const type = interval(node.from, node.to);
      return constant(
        value,
        type,
        `INTERVAL '${showInterval(value, node.from, node.to)}' ${showType(type).slice(9)}`,
      );
    }
    case "moment": {
      const parse = node.type === "TIME" ? parseTime : parseTimestamp;
      const value = parse(node.text);
      if (value === undefined) {
        throw new SqlError(
          `'${node.text}' is no ${node.type}.`,
          node.at,
          "Such as TIMESTAMP '2018-01-01 00:00:00'.",
        );
      }
      const type = { DATE: dateType, TIME: timeType, TIMESTAMP: timestampType }[node.type];
      return constant(value, type, `${node.type} '${node.text}'`);
    }
  }
}

/** 1: INTEGER. 1.5: DECIMAL(2, 1). 1e3: DOUBLE. */
function number(text: string, at: Position): Typed {
  if (/[eE]/.test(text)) return constant(Number(text), doubleType, text);
  const [before = "", after = ""] = text.split(".");
  const digits = before.replace(/^0+/, "").length + after.length;
  const isBigint = after === "" && BigInt(before) < 2n ** 63n;
  if (digits > mostDigits && !isBigint)
    throw new SqlError(
      `${text} has more than ${mostDigits} digits.`,
      at,
      `Write ${Number(text).toExponential()}, which is DOUBLE.`,
    );
  const value = parseDecimal(text, after.length)!;
  if (after !== "") return constant(value, decimal(Math.max(1, digits), after.length), text);
  return constant(value, value < 2 ** 31 ? integerType : bigintType, text);
}
