/** What the options of a handler must be: checked once, at start, where a mistake costs nothing. */
import { aDecoder as decoderFor, isDecoder } from "../record/decode/decoder.ts";
import { stepsIn } from "../record/pipeline.ts";
import { isFunction } from "../values/kinds.ts";

export type Rule = readonly [
  isGood: (value: any) => boolean,
  wanted: string | ((value: unknown) => string),
];

type OptionName<Options> = Options extends unknown ? keyof Options & string : never;
type OptionValue<Options, Name> = Options extends unknown
  ? Name extends keyof Options
    ? Options[Name]
    : undefined
  : never;

/** What each option must be. The table inherits nothing: what an object inherits is no option. */
export type OptionRules<Options> = { readonly __proto__: null } & {
  readonly [Name in OptionName<Options>]: Rule;
};

/** What options are when they are left out. */
export type Standards<Options> = {
  readonly [Name in OptionName<Options>]?: Exclude<OptionValue<Options, Name>, undefined>;
};

/** The options after `complete`: those that have a standard are never undefined. */
export type Completed<Options, Given> = {
  readonly [Name in OptionName<Options>]: Name extends keyof Given
    ? Exclude<OptionValue<Options, Name>, undefined>
    : OptionValue<Options, Name>;
};

export const number = (from: number, to: number, unit: string): Rule => [
  (value) => typeof value === "number" && value >= from && value <= to,
  `${from} to ${to} ${unit}`,
];
export const count: Rule = [
  (value) => Number.isInteger(value) && value > 0,
  "a whole number from 1",
];
export const aFunction: Rule = [isFunction, "a function, and no generator"];
export const oneOf = (...values: string[]): Rule => [
  (value) => values.includes(value),
  () => values.map((value) => JSON.stringify(value)).join(" or "),
];
/** Something that has a method of this name. */
export const having = (method: string, wanted: string): Rule => [
  (value) => typeof value?.[method] === "function",
  wanted,
];

// What handlers of every kind have in common.
export const aDecoder: Rule = [isDecoder, decoderFor];
export const aLogger = having("error", "a logger, such as console");
export const aMargin = number(0, 900_000, "milliseconds");
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

/** The options with their standards. Each that is given is checked by itself; a standard is taken as it is. */
export function complete<Options, Given extends Standards<Options>>(
  refuse: (isWrong: boolean, why: string) => void,
  rules: OptionRules<Options>,
  standards: Given,
  options: Options,
  required?: OptionName<Options>,
): Completed<Options, Given> {
  const complete: Record<string, unknown> = { ...standards };
  // What is required is looked at where it is left out, too.
  const given: Readonly<Record<string, unknown>> = {
    ...(required && { [required]: undefined }),
    ...options,
  };
  for (const option in given) {
    const value = given[option];
    if (value === undefined && option !== required) continue;
    const rule = (rules as Readonly<Record<string, Rule | undefined>>)[option];
    refuse(!rule, `there is no option ${option}.`);
    const [isGood, wanted] = rule!;
    if (!isGood(value)) {
      const { inspect } = process.getBuiltinModule("node:util");
      const what = typeof wanted === "string" ? wanted : wanted(value);
      refuse(true, `${option} must be ${what}; it is ${inspect(value, { depth: 1 })}.`);
    }
    complete[option] = value;
  }
  return complete as Completed<Options, Given>;
}
