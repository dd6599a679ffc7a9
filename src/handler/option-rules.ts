/** What the options of a handler must be: checked once, at start, where a mistake costs nothing. */
import { aDecoder as decoderFor, isDecoder } from "../record/decode/decoder.ts";
import { stepsIn } from "../record/pipeline.ts";
import { isFunction } from "../values/kinds.ts";

export type Rule = readonly [
  isGood: (value: any) => boolean,
  wanted: string | ((value: unknown) => string),
];

/** Every option: what it must be, and what it is when it is left out. */
export type OptionTable<Name extends string> = Readonly<
  Record<Name, readonly [Rule, standard?: unknown]>
>;

export const number = (from: number, to: number, wanted: string): Rule => [
  (value) => typeof value === "number" && value >= from && value <= to,
  wanted,
];
export const count: Rule = [
  (value) => Number.isInteger(value) && value > 0,
  "a whole number from 1",
];
export const aFunction: Rule = [isFunction, "a function, and no generator"];
export const oneOf = (...values: string[]): Rule => [
  (value) => values.includes(value),
  values.map((value) => JSON.stringify(value)).join(" or "),
];
/** Something that has a method of this name. */
export const having = (method: string, wanted: string): Rule => [
  (value) => typeof value?.[method] === "function",
  wanted,
];

// What handlers of every kind have in common.
export const aDecoder: Rule = [isDecoder, decoderFor];
export const aLogger = having("error", "a logger, such as console");
export const aMargin = number(0, 900_000, "0 to 900,000 milliseconds");
export const aMetricsSink: Rule = [
  (value) => value === false || typeof value?.addMetric === "function",
  "false, or something with addMetric",
];
export const aPipeline: Rule = [(value) => stepsIn(value) !== undefined, "a pipeline()"];
export const aBoolean: Rule = [(value) => typeof value === "boolean", "true or false"];
export const anObject: Rule = [(value) => typeof value === "object", "an object"];

/** Refuses, in the name of `who`, what is wrong. */
export const refusing =
  (who: string) =>
  (isWrong: boolean, why: string): void => {
    if (isWrong) throw new TypeError(`${who}: ${why}`);
  };

/** The options with their defaults, each checked by itself. */
export function complete<Name extends string>(
  refuse: (isWrong: boolean, why: string) => void,
  table: OptionTable<Name>,
  given: Readonly<Record<string, unknown>>,
  required?: Name,
): Record<Name, unknown> {
  const complete: Record<string, unknown> = {};
  for (const option of Object.keys(given)) {
    refuse(!Object.hasOwn(table, option), `there is no option ${option}.`);
  }
  for (const option of Object.keys(table) as Name[]) {
    const [[isGood, wanted], standard] = table[option];
    const { [option]: value = standard } = given;
    const isLeftOut = value === undefined && option !== required;
    if (!isLeftOut && !isGood(value)) {
      const { inspect } = process.getBuiltinModule("node:util");
      const what = typeof wanted === "string" ? wanted : wanted(value);
      refuse(true, `${option} must be ${what}; it is ${inspect(value, { depth: 1 })}.`);
    }
    complete[option] = value;
  }
  return complete as Record<Name, unknown>;
}
