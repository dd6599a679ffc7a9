/** One property after the other out of a template, with its path for whoever has to correct it. */
import { invalidArgument } from "../error.ts";

export interface Properties {
  readonly path: string;
  /** Throws an InvalidArgumentException where a property has none of these names. */
  only(names: readonly string[]): void;
  has(name: string): boolean;
  object(name: string): Properties | undefined;
  objects(name: string): readonly Properties[];
  texts(name: string): readonly string[];
  /** The text values of an object, by name. */
  textMap(name: string): Readonly<Record<string, string>>;
  text(name: string): string | undefined;
  required(name: string): string;
  oneOf<const Value extends string>(name: string, values: readonly Value[], fallback: Value): Value;
  flag(name: string, fallback: boolean): boolean;
  number(name: string, range: Range): number;
  /** An InvalidArgumentException about this property. */
  refusal(name: string, why: string): Error;
}

export interface Range {
  readonly least: number;
  readonly most: number;
  readonly fallback: number;
}

type Values = Readonly<Record<string, unknown>>;

export function properties(path: string, given: unknown): Properties {
  if (!isObject(given)) throw invalidArgument(`${path} is ${show(given)}, and must be an object.`);
  const value: Values = given;
  const at = (name: string) => `${path}.${name}`;
  const refusal = (name: string, why: string) => invalidArgument(`${at(name)} ${why}`);

  function wrong(name: string, expected: string): Error {
    return refusal(name, `is ${show(value[name])}, and must be ${expected}.`);
  }

  function has(name: string): boolean {
    return value[name] !== undefined && value[name] !== null;
  }

  function list(name: string): readonly unknown[] {
    if (!has(name)) return [];
    const items = value[name];
    if (Array.isArray(items)) return items;
    throw wrong(name, "a list");
  }

  function text(name: string): string | undefined {
    if (!has(name)) return undefined;
    const given = value[name];
    if (typeof given === "string") return given;
    throw wrong(name, isObject(given) ? "text: resolve the reference first" : "text");
  }

  return {
    path,
    has,
    refusal,
    text,
    only(names) {
      const unknown = Object.keys(value).find((name) => !names.includes(name));
      if (unknown !== undefined) {
        throw invalidArgument(
          `${at(unknown)} is no property that is run here. Those of ${path} are ${names.join(", ")}.`,
        );
      }
    },
    object: (name) => (has(name) ? properties(at(name), value[name]) : undefined),
    objects: (name) => list(name).map((item, i) => properties(`${at(name)}[${i}]`, item)),
    texts: (name) =>
      list(name).map((item) => {
        if (typeof item === "string") return item;
        throw wrong(name, "a list of text");
      }),
    textMap(name) {
      const map = has(name) ? value[name] : {};
      if (isObject(map) && Object.values(map).every((item) => typeof item === "string")) {
        return map as Readonly<Record<string, string>>;
      }
      throw wrong(name, "an object of text");
    },
    required(name) {
      const given = text(name);
      if (given) return given;
      throw refusal(name, "is missing.");
    },
    oneOf(name, values, fallback) {
      const given = text(name) ?? fallback;
      const known = values.find((one) => one === given);
      if (known !== undefined) return known;
      throw wrong(name, `one of ${values.join(", ")}`);
    },
    flag(name, fallback) {
      if (!has(name)) return fallback;
      const given = String(value[name]);
      if (given === "true" || given === "false") return given === "true";
      throw wrong(name, "true or false");
    },
    number(name, { least, most, fallback }) {
      if (!has(name)) return fallback;
      const given = value[name];
      const number = typeof given === "string" && given !== "" ? Number(given) : given;
      if (typeof number === "number" && number >= least && number <= most) return number;
      throw wrong(name, `a number from ${least} to ${most}`);
    },
  };
}

const isObject = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const show = (value: unknown) => (value === undefined ? "missing" : JSON.stringify(value));
