/** + − * / %, comparisons, ||: what they make of which types. */
import { type Course, callTerm, type Typed } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { assignment, later, toReal } from "../types/convert.ts";
import {
  addWhole,
  divideWhole,
  divisionByZero,
  fitter,
  multiplyWhole,
  remainderWhole,
  shiftLeft,
  shiftRight,
  subtractWhole,
  type Whole,
} from "../types/integers.ts";
import { RowError } from "../types/row-error.ts";
import {
  booleanType,
  commonType,
  decimal,
  doubleType,
  isApproximate,
  isExact,
  isNumeric,
  isText,
  isWhole,
  longestText,
  mostDigits,
  precisionOf,
  realType,
  type SqlType,
  scaleOf,
  varchar,
  widerWhole,
} from "../types/sql-type.ts";
import { constantOf, refuseTypes } from "./fail.ts";

export type Arithmetic = "+" | "-" | "*" | "/" | "%";

export function arithmetic(operator: Arithmetic, left: Typed, right: Typed, at: Position): Typed {
  const text = `(${left.text} ${operator} ${right.text})`;
  const [a, b] = [left.type, right.type];
  const moment = momentArithmetic(operator, left, right, text, at);
  if (moment) return moment;
  if (a.name === "NULL" || b.name === "NULL") {
    return callTerm(text, a.name === "NULL" ? b : a, [left, right], () => null);
  }
  if (!isNumeric(a) || !isNumeric(b)) {
    throw refuseTypes(
      operator,
      [a, b],
      at,
      isText(a) || isText(b)
        ? "A text becomes a number with CAST(… AS DOUBLE); texts are joined with ||."
        : undefined,
    );
  }
  const course = numericCourse(operator, left, right);
  if (isApproximate(a) || isApproximate(b)) {
    const type = a.name === "REAL" && b.name === "REAL" ? realType : doubleType;
    const run = floats[operator];
    const [x, y] = [toNumber(a), toNumber(b)];
    const limit = type === realType ? toReal : finite;
    const isPlain = x === undefined && y === undefined;
    return callTerm(
      text,
      type,
      [left, right],
      isPlain
        ? (p: number, q: number) => limit(run(p, q))
        : (p, q) => limit(run(x ? x(p) : p, y ? y(q) : q)),
      { course },
    );
  }
  const { type, run } = exactArithmetic(operator, a, b);
  const fitted = fitter(type);
  return callTerm(text, type, [left, right], (p: Whole, q: Whole) => fitted(run(p, q)), { course });
}

const floats: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => {
    if (b === 0) throw divisionByZero();
    return a / b;
  },
  "%": (a, b) => {
    if (b === 0) throw divisionByZero();
    return a % b;
  },
};

const finite = (value: number): number => {
  if (Number.isFinite(value)) return value === 0 ? 0 : value;
  throw new RowError("NUMERIC_OVERFLOW", "The result is too large for DOUBLE.");
};

/** Undefined: it is a number as it is. */
export function toNumber(type: SqlType): ((value: Whole) => number) | undefined {
  if (isApproximate(type)) return undefined;
  const unit = 10 ** scaleOf(type);
  return (value) => Number(value) / unit;
}

/** The rules of Kinesis Analytics for digits: of a quotient six behind the point at least, as far as there is room. */
function exactArithmetic(
  operator: Arithmetic,
  a: SqlType,
  b: SqlType,
): { type: SqlType; run: (a: Whole, b: Whole) => Whole } {
  if (isWhole(a) && isWhole(b))
    return { type: operator === "%" ? b : widerWhole(a, b), run: wholes[operator] };
  const [p1, s1, p2, s2] = [precisionOf(a), scaleOf(a), precisionOf(b), scaleOf(b)];
  const most = (precision: number, scale: number) =>
    decimal(Math.min(mostDigits, precision), Math.min(mostDigits, scale));
  if (operator === "*") return { type: most(p1 + p2, s1 + s2), run: cutTo(s1 + s2, multiplyWhole) };
  if (operator === "/") {
    const whole = p1 - s1 + s2;
    const scale = Math.min(Math.max(6, s1 + p2 + 1), Math.max(s1, mostDigits - whole));
    const shift = scale - s1 + s2;
    return {
      type: most(Math.max(whole + scale, scale), scale),
      // One digit more, by which the last one is rounded.
      run: (p, q) => shiftRight(divideWhole(shiftLeft(p, shift + 1), q), 1),
    };
  }
  const scale = Math.max(s1, s2);
  const run = wholes[operator];
  return {
    type: most(Math.max(p1 - s1, p2 - s2) + scale + 1, scale),
    run: (p, q) => run(shiftLeft(p, scale - s1), shiftLeft(q, scale - s2)),
  };
}

const wholes: Readonly<Record<Arithmetic, (a: Whole, b: Whole) => Whole>> = {
  "+": addWhole,
  "-": subtractWhole,
  "*": multiplyWhole,
  "/": divideWhole,
  "%": remainderWhole,
};

/** More digits behind the point than a type has are rounded away. */
const cutTo = (scale: number, run: (a: Whole, b: Whole) => Whole) =>
  scale <= mostDigits ? run : (a: Whole, b: Whole) => shiftRight(run(a, b), scale - mostDigits);

const flipped: Readonly<Record<Course, Course>> = {
  up: "down",
  down: "up",
  constant: "constant",
  any: "any",
};

/** What + and − make of something sorted and a constant; * and / of something sorted and a positive constant. */
function numericCourse(operator: Arithmetic, left: Typed, right: Typed): Course {
  const isAdding = operator === "+" || operator === "-";
  if (right.course === "constant") {
    const value = constantOf(right);
    const isPositive = value !== undefined && value !== null && Number(value) > 0;
    return isAdding || (isPositive && operator !== "%") ? left.course : "any";
  }
  if (left.course !== "constant" || !isAdding) return "any";
  return operator === "-" ? flipped[right.course] : right.course;
}

/** Times and intervals; undefined where there are none. */
function momentArithmetic(
  operator: Arithmetic,
  left: Typed,
  right: Typed,
  text: string,
  at: Position,
): Typed | undefined {
  const [a, b] = [left.type, right.type];
  const isTime = ({ name }: SqlType) => name === "TIMESTAMP" || name === "DATE" || name === "TIME";
  const args = [left, right];
  const course = numericCourse(operator, left, right);
  if (isTime(a) && b.name === "INTERVAL" && (operator === "+" || operator === "-")) {
    const move = later(b);
    const sign = operator === "+" ? 1 : -1;
    const wrap =
      a.name === "TIME" ? (ms: number) => ((ms % 86_400_000) + 86_400_000) % 86_400_000 : undefined;
    const run = (ms: number, by: number) => move(ms, sign * by);
    return callTerm(text, a, args, wrap ? (ms, by) => wrap(run(ms, by)) : run, {
      course: wrap ? "any" : course,
    });
  }
  if (a.name === "INTERVAL" && isTime(b) && operator === "+")
    return arithmetic("+", right, left, at);
  if (isTime(a) && isTime(b) && operator === "-") {
    throw new SqlError(
      "How much later a time is needs a unit.",
      at,
      "Write (a - b) SECOND, or TSDIFF(a, b) for milliseconds.",
    );
  }
  if (a.name === "INTERVAL" && b.name === "INTERVAL" && (operator === "+" || operator === "-")) {
    const type = commonType(a, b);
    if (!type) throw refuseTypes(operator, [a, b], at);
    return callTerm(text, type, args, operator === "+" ? (p, q) => p + q : (p, q) => p - q, {
      course,
    });
  }
  if (a.name === "INTERVAL" && isNumeric(b) && (operator === "*" || operator === "/")) {
    const toFactor = toNumber(b) ?? ((value: Whole) => Number(value));
    const run = floats[operator];
    return callTerm(text, a, args, (p, q) => Math.trunc(run(p, toFactor(q))) + 0, { course });
  }
  if (isNumeric(a) && b.name === "INTERVAL" && operator === "*")
    return arithmetic("*", right, left, at);
  return undefined;
}

export type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=";

const comparers: Readonly<Record<Comparison, (a: any, b: any) => boolean>> = {
  // Of two that are equal one may be a number and one a bigint only where neither is: see `wholeOf`.
  "=": (a, b) => a === b,
  "<>": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

export function comparison(operator: Comparison, left: Typed, right: Typed, at: Position): Typed {
  const text = `(${left.text} ${operator} ${right.text})`;
  const convert = comparable(left.type, right.type, operator, at);
  const run = comparers[operator];
  const [x, y] = convert;
  return callTerm(
    text,
    booleanType,
    [left, right],
    x || y ? (a, b) => run(x ? x(a) : a, y ? y(b) : b) : run,
  );
}

/** What makes values of both types comparable; undefined where nothing has to be done. Throws SqlError. */
export function comparable(a: SqlType, b: SqlType, what: string, at: Position) {
  const type = commonType(a, b);
  if (!type) {
    throw refuseTypes(what, [a, b], at, "Make both one type with CAST.");
  }
  // The blanks at the end of a CHAR do not count.
  if (a.name === "CHAR" || b.name === "CHAR") return [trimEnd, trimEnd] as const;
  return [towards(a, type), towards(b, type)] as const;
}

const trimEnd = (text: string) => text.replace(/ +$/, "");

function towards(from: SqlType, to: SqlType): ((value: any) => any) | undefined {
  if (isText(to) || from.name === "NULL") return undefined;
  if (isExact(from) && isExact(to)) {
    const shift = scaleOf(to) - scaleOf(from);
    return shift === 0 ? undefined : (value) => shiftLeft(value, shift);
  }
  if (from.name === to.name) return undefined;
  if (isExact(from) && isApproximate(to)) return toNumber(from);
  return isApproximate(from) ? undefined : (assignment(from, to) ?? undefined);
}

export function concatenation(left: Typed, right: Typed, at: Position): Typed {
  const [a, b] = [left.type, right.type];
  const isTexts = [a, b].every((type) => isText(type) || type.name === "NULL");
  if (!isTexts) throw refuseTypes("||", [a, b], at, "Make it a text with CAST(… AS VARCHAR(20)).");
  const length = Math.min(longestText, (a.length ?? 1) + (b.length ?? 1));
  return callTerm(
    `(${left.text} || ${right.text})`,
    varchar(length),
    [left, right],
    (p, q) => p + q,
  );
}
