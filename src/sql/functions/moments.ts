/** Functions of times. */
import type { Unit } from "../nodes/literals.ts";
import { callTerm, type Typed } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { dayMs, monthStart, monthsOf, unitMs } from "../types/calendar.ts";
import { type Whole, wholeOf } from "../types/integers.ts";
import {
  bigintType,
  dateType,
  decimal,
  isExact,
  isMoment,
  isMonths,
  isWhole,
  timestampType,
  timeType,
  varchar,
} from "../types/sql-type.ts";
import { type DateFormat, dateFormat } from "./date-format.ts";
import { constantOf, refuseTypes } from "./fail.ts";
import type { FunctionDefinition, FunctionTable } from "./table.ts";

const format = (args: readonly Typed[]): ((given: string) => DateFormat) => {
  const known = constantOf(args[0]);
  if (typeof known !== "string") return dateFormat;
  const made = dateFormat(known);
  return () => made;
};

const toChar: FunctionDefinition = {
  takes: ["text", "moment"],
  gives: () => varchar(64),
  make(args) {
    const by = format(args);
    return (pattern: string, ms: number) => by(pattern).format(ms);
  },
};

const fromChar = (
  type: FunctionDefinition["gives"],
  cut: (ms: number) => number,
): FunctionDefinition => ({
  takes: ["text", "text"],
  gives: type,
  make(args) {
    const by = format(args);
    return (pattern: string, text: string) => cut(by(pattern).parse(text));
  },
});

const timeOfDay = (ms: number) => ((ms % dayMs) + dayMs) % dayMs;

export const momentFunctions: FunctionTable = {
  /** Milliseconds since 1970. */
  UNIX_TIMESTAMP: {
    takes: ["moment"],
    gives: () => bigintType,
    make: () => (ms: number) => ms,
    course: ([arg]) => arg!.course,
  },
  TO_TIMESTAMP: {
    takes: ["number"],
    gives: ([type]) => (isWhole(type!) ? timestampType : undefined),
    make: () => (ms: Whole) => Number(ms),
    course: ([arg]) => arg!.course,
  },
  /** Milliseconds from the second to the first. */
  TSDIFF: {
    takes: ["any", "any"],
    gives: (types) =>
      types.every((type) => type.name === "TIMESTAMP" || isExact(type)) ? bigintType : undefined,
    make: () => (a: Whole, b: Whole) => wholeOf(BigInt(a) - BigInt(b)),
  },
  /** Of NULL the text 'null': so AWS's reference. */
  TIMESTAMP_TO_CHAR: {
    ...toChar,
    isLoose: true,
    make(args) {
      const by = format(args);
      return (pattern: string | null, ms: number | null) =>
        pattern === null ? null : ms === null ? "null" : by(pattern).format(ms);
    },
  },
  DATE_TO_CHAR: toChar,
  TIME_TO_CHAR: toChar,
  CHAR_TO_TIMESTAMP: fromChar(
    () => timestampType,
    (ms) => ms,
  ),
  CHAR_TO_DATE: fromChar(
    () => dateType,
    (ms) => ms - timeOfDay(ms),
  ),
  CHAR_TO_TIME: fromChar(() => timeType, timeOfDay),
  EXTRACT: {
    takes: ["text", "any"],
    gives: ([, type], [unit]) =>
      isMoment(type!) || type!.name === "INTERVAL"
        ? constantOf(unit) === "SECOND"
          ? decimal(5, 3)
          : bigintType
        : undefined,
    make([unit, of]) {
      const run = extract(String(constantOf(unit)), of!);
      return (_unit: string, value: number) => run(value);
    },
  },
};

const parts: Readonly<Record<string, (date: Date) => number>> = {
  YEAR: (date) => date.getUTCFullYear(),
  QUARTER: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  MONTH: (date) => date.getUTCMonth() + 1,
  DAY: (date) => date.getUTCDate(),
  DOW: (date) => date.getUTCDay() + 1,
  HOUR: (date) => date.getUTCHours(),
  MINUTE: (date) => date.getUTCMinutes(),
  /** In milliseconds, as a DECIMAL(5, 3) is kept. */
  SECOND: (date) => date.getUTCSeconds() * 1000 + date.getUTCMilliseconds(),
};

/** Whether EXTRACT knows the unit. */
export const extracts = Object.keys(parts);

function extract(unit: string, of: Typed): (value: number) => number {
  const part = parts[unit]!;
  if (of.type.name !== "INTERVAL") return (ms) => part(new Date(ms));
  if (isMonths(of.type))
    return (months) => (unit === "YEAR" ? Math.trunc(months / 12) : months % 12) + 0;
  const ms = unitMs[unit as Unit] ?? dayMs;
  const whole: Readonly<Record<string, number>> = { HOUR: 24, MINUTE: 60 };
  const most = whole[unit];
  return (value) => {
    if (unit === "SECOND") return (of.type.from === unit ? value : value % 60_000) + 0;
    const count = Math.trunc(value / ms);
    return (most === undefined || unit === of.type.from ? count : count % most) + 0;
  };
}

/** FLOOR(x TO unit), CEIL(x TO unit). */
export function roundMoment(
  name: "FLOOR" | "CEIL",
  operand: Typed,
  unit: Unit,
  at: Position,
): Typed {
  const { type } = operand;
  if (!isMoment(type) && type.name !== "INTERVAL")
    throw refuseTypes(`${name} … TO ${unit}`, [type], at);
  const text = `${name}(${operand.text} TO ${unit})`;
  const down = floorTo(unit, 1, isMonths(type));
  if (name === "FLOOR")
    return callTerm(text, type, [operand], down.floor, { course: operand.course });
  const up = (value: number) => {
    const floor = down.floor(value);
    return floor === value ? value : down.next(floor);
  };
  return callTerm(text, type, [operand], up, { course: operand.course });
}

/** STEP(x BY INTERVAL '10' SECOND), STEP(n BY 5). */
export function stepOf(operand: Typed, by: Typed, at: Position): Typed {
  const text = `STEP(${operand.text} BY ${by.text})`;
  const size = Number(constantOf(by));
  const { type } = operand;
  const isTime = isMoment(type) && by.type.name === "INTERVAL";
  if (by.course !== "constant" || !(size > 0)) {
    throw new SqlError(
      "STEP needs a positive step that stands here.",
      at,
      "Such as STEP(ROWTIME BY INTERVAL '60' SECOND).",
    );
  }
  const course = operand.course;
  if (isTime) {
    const { floor } = isMonths(by.type)
      ? floorTo("MONTH", size, false)
      : { floor: (ms: number) => Math.floor(ms / size) * size };
    return callTerm(text, type, [operand], floor, { course });
  }
  if (!isWhole(type) || !isWhole(by.type)) {
    throw refuseTypes(
      "STEP",
      [type, by.type],
      at,
      "STEP(time BY INTERVAL '60' SECOND), or STEP(number BY 5).",
    );
  }
  const step = BigInt(size);
  return callTerm(
    text,
    type,
    [operand],
    (value: Whole) => {
      const whole = BigInt(value);
      return wholeOf(whole - (((whole % step) + step) % step));
    },
    { course },
  );
}

function floorTo(unit: Unit, count: number, isOfMonths: boolean) {
  const size = unitMs[unit];
  if (size !== undefined) {
    return {
      floor: (value: number) => Math.floor(value / size) * size,
      next: (value: number) => value + size,
    };
  }
  const months = (unit === "YEAR" ? 12 : 1) * count;
  if (isOfMonths)
    return {
      floor: (value: number) => Math.floor(value / months) * months,
      next: (value: number) => value + months,
    };
  return {
    floor: (ms: number) => monthStart(Math.floor(monthsOf(ms) / months) * months),
    next: (ms: number) => monthStart(monthsOf(ms) + months),
  };
}
