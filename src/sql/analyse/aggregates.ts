/** Calls of aggregates: what they take, and what they come to. */

import { constantNumber, refuseTypes } from "../functions/fail.ts";
import type { CallNode, ExpressionNode } from "../nodes/expressions.ts";
import type { AggregateCall } from "../plan/plan.ts";
import { constant, type Typed } from "../plan/typed.ts";
import { SqlError } from "../text/sql-error.ts";
import {
  bigintType,
  decimal,
  doubleType,
  integerType,
  isExact,
  isMonths,
  isNumeric,
  isWhole,
  mostDigits,
  type SqlType,
  scaleOf,
  showType,
} from "../types/sql-type.ts";

/** Those that only a sliding window has: they look back from a current row. */
const onlySliding = new Set(["LAG", "EXP_AVG"]);

/** Their other names. */
const sameAs: Readonly<Record<string, string>> = {
  STDDEV: "STDDEV_SAMP",
  VARIANCE: "VAR_SAMP",
  // FALSE is less than TRUE.
  EVERY: "MIN",
  ANY: "MAX",
};

export function aggregateOf(
  node: CallNode,
  analyse: (node: ExpressionNode) => Typed,
  isSliding: boolean,
): AggregateCall {
  const { at } = node;
  const name = sameAs[node.name] ?? node.name;
  if (node.distinct) {
    throw new SqlError(
      `${name}(DISTINCT …) cannot be kept up over a stream.`,
      at,
      "Take SELECT STREAM DISTINCT in a nested SELECT, or COUNT_DISTINCT_ITEMS_TUMBLING.",
    );
  }
  if (onlySliding.has(name) && !isSliding)
    throw new SqlError(`${name} looks back from a row: it needs OVER.`, at);
  const args = node.star ? [] : node.args.map(analyse);
  if (node.star && name !== "COUNT")
    throw new SqlError(`${name}(*) is no aggregate.`, at, "Only COUNT takes *.");
  const wanted =
    name === "LAG"
      ? [1, 3]
      : name === "EXP_AVG" || name === "NTH_VALUE"
        ? [2, 2]
        : node.star
          ? [0, 0]
          : [1, 1];
  if (args.length < wanted[0]! || args.length > wanted[1]!) {
    throw new SqlError(`${name} does not take ${args.length} arguments.`, at);
  }
  if (node.nulls && !/^(FIRST_VALUE|LAST_VALUE|NTH_VALUE|LAG)$/.test(name)) {
    throw new SqlError(
      `${name} leaves NULL out anyway: it takes no ${node.nulls.toUpperCase()} NULLS.`,
      at,
    );
  }
  const text = `${name}(${node.star ? "*" : args.map(({ text }) => text).join(", ")})${node.nulls === "ignore" ? " IGNORE NULLS" : ""}`;
  const { type, settled } = settle(name, args, at);
  if (/^(EVERY|ANY)$/.test(node.name) && type.name !== "BOOLEAN" && type.name !== "NULL")
    throw refuseTypes(node.name, [type], at, "It takes a condition.");
  return Object.freeze({
    name,
    args: Object.freeze(settled),
    type,
    ignoresNulls: node.nulls === "ignore",
    text,
  });
}

function settle(
  name: string,
  args: readonly Typed[],
  at: CallNode["at"],
): { type: SqlType; settled: readonly Typed[] } {
  const [first] = args;
  const type = first?.type ?? integerType;
  const numeric = () => {
    if (isNumeric(type) || type.name === "NULL") return;
    throw refuseTypes(name, [type], at, "It takes numbers.");
  };
  switch (name) {
    case "COUNT":
      return { type: bigintType, settled: args };
    case "SUM":
      numeric();
      return {
        type: isWhole(type)
          ? bigintType
          : isExact(type)
            ? decimal(mostDigits, scaleOf(type))
            : type,
        settled: args,
      };
    case "AVG":
      numeric();
      return { type, settled: args };
    case "MIN":
    case "MAX":
      if (type.name === "RECORD" || type.name === "VARBINARY") throw refuseTypes(name, [type], at);
      return { type, settled: args };
    case "EXP_AVG": {
      numeric();
      const half = args[1]!;
      if (
        half.type.name !== "INTERVAL" ||
        isMonths(half.type) ||
        half.kind !== "constant" ||
        !(Number(half.value) > 0)
      ) {
        throw new SqlError(
          `The second argument of EXP_AVG is ${showType(half.type)}.`,
          at,
          "Such as EXP_AVG(price, INTERVAL '10' SECOND).",
        );
      }
      return { type: doubleType, settled: args };
    }
    case "LAG":
    case "NTH_VALUE": {
      const least = name === "LAG" ? 0 : 1;
      const offset = args[1] ? constantNumber(args[1], "The number of rows", at) : 1;
      if (!Number.isInteger(offset) || offset < least)
        throw new SqlError(`The number of rows must be a whole number from ${least}.`, at);
      const settled = [first!, constant(offset, integerType, String(offset)), ...args.slice(2)];
      return { type, settled };
    }
    default:
      if (name === "FIRST_VALUE" || name === "LAST_VALUE") return { type, settled: args };
      numeric();
      return { type: doubleType, settled: args };
  }
}
