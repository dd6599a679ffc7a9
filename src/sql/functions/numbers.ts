/** Functions of numbers. */
import {
  divisionByZero,
  fitter,
  negateWhole,
  remainderWhole,
  shiftLeft,
  shiftRight,
  type Whole,
  wholeOf,
} from "../types/integers.ts";
import { RowError } from "../types/row-error.ts";
import {
  commonType,
  doubleType,
  isApproximate,
  isExact,
  isWhole,
  type SqlType,
  scaleOf,
} from "../types/sql-type.ts";
import { toNumber } from "./operators.ts";
import type { FunctionDefinition, FunctionTable } from "./table.ts";

/** A function of doubles. */
const real = (run: (value: number) => number, why?: string): FunctionDefinition => ({
  takes: ["number"],
  gives: () => doubleType,
  make([arg]) {
    const convert = toNumber(arg!.type) ?? ((value: Whole) => value as number);
    return (value) => {
      const result = run(convert(value));
      if (Number.isFinite(result)) return result === 0 ? 0 : result;
      throw new RowError("INVALID_ARGUMENT", why ?? "The result is too large for DOUBLE.");
    };
  },
});

const sameType = ([type]: readonly SqlType[]) => type;

/** FLOOR and CEIL: of a DECIMAL to its units. */
const rounded = (float: (value: number) => number, up: bigint): FunctionDefinition => ({
  takes: ["number"],
  gives: sameType,
  make([arg]) {
    const { type } = arg!;
    if (isApproximate(type)) return (value: number) => float(value) + 0;
    const scale = scaleOf(type);
    if (scale === 0) return (value: Whole) => value;
    const unit = 10n ** BigInt(scale);
    return (value: Whole) => {
      const rest = ((BigInt(value) % unit) + unit) % unit;
      return wholeOf(BigInt(value) - rest + (rest === 0n ? 0n : up * unit));
    };
  },
  course: ([arg]) => arg!.course,
});

export const numberFunctions: FunctionTable = {
  ABS: {
    takes: ["number"],
    gives: sameType,
    make([arg]) {
      if (isApproximate(arg!.type)) return Math.abs;
      const fitted = fitter(arg!.type);
      return (value: Whole) => (value < 0 ? fitted(negateWhole(value)) : value);
    },
  },
  FLOOR: rounded(Math.floor, 0n),
  CEIL: rounded(Math.ceil, 1n),
  SQRT: real((value) => Math.sqrt(value), "SQRT of a negative number."),
  EXP: real(Math.exp),
  LN: real((value) => Math.log(value), "LN needs a positive number."),
  LOG10: real((value) => Math.log10(value), "LOG10 needs a positive number."),
  SIN: real(Math.sin),
  COS: real(Math.cos),
  TAN: real(Math.tan),
  SIGN: {
    takes: ["number"],
    gives: sameType,
    make([arg]) {
      const unit = 10 ** scaleOf(arg!.type);
      return (value: Whole) => (value > 0 ? unit : value < 0 ? -unit : 0);
    },
  },
  POWER: {
    takes: ["number", "number"],
    gives: () => doubleType,
    make([base, exponent]) {
      const [x, y] = [base!, exponent!].map(
        ({ type }) => toNumber(type) ?? ((value: Whole) => value as number),
      );
      return (a, b) => {
        const result = x!(a) ** y!(b);
        if (Number.isFinite(result)) return result;
        throw new RowError("NUMERIC_OVERFLOW", "The power is no number, or too large for DOUBLE.");
      };
    },
  },
  MOD: {
    takes: ["number", "number"],
    gives: ([a, b]) => (isExact(a!) && isExact(b!) ? commonType(a!, b!) : doubleType),
    make([a, b], type) {
      if (!isExact(type)) {
        const [x, y] = [a!, b!].map(
          (arg) => toNumber(arg.type) ?? ((value: Whole) => value as number),
        );
        return (p, q) => {
          if (y!(q) === 0) throw divisionByZero();
          return x!(p) % y!(q);
        };
      }
      const [up, vp] = [scaleOf(type) - scaleOf(a!.type), scaleOf(type) - scaleOf(b!.type)];
      return (p: Whole, q: Whole) => remainderWhole(shiftLeft(p, up), shiftLeft(q, vp));
    },
  },
  ROUND: {
    takes: ["number", "number?"],
    gives: sameType,
    make([arg]) {
      const { type } = arg!;
      if (isWhole(type))
        return (value: Whole, digits = 0) =>
          digits >= 0 ? value : shiftLeft(shiftRight(value, -digits), -digits);
      if (type.name === "DECIMAL") {
        const scale = type.scale!;
        return (value: Whole, digits = 0) => {
          const away = Math.max(0, scale - digits);
          return shiftLeft(shiftRight(value, away), away);
        };
      }
      return (value: number, digits = 0) => {
        const unit = 10 ** digits;
        return (Math.sign(value) * Math.round(Math.abs(value) * unit)) / unit + 0;
      };
    },
  },
};
