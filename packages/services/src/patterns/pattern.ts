/** EventBridge event patterns: which fields must be there, and how they are joined. */
import { fieldFinder } from "./fields.ts";
import { isObject } from "./json.ts";
import { type Alternative, compileAlternative } from "./operators.ts";
import { compileRule, type Rule } from "./rule.ts";
import { checkComplexity } from "./wildcard.ts";

/** Says whether a JSON value matches. */
export type Matcher = (value: unknown) => boolean;

/** A pattern that was understood. */
export interface Pattern {
  readonly matches: Matcher;
  /** The fields that it names, with their paths joined by points: "data.state". */
  readonly paths: ReadonlySet<string>;
  /** The names of its operators; those inside `anything-but` behind its name. */
  readonly operators: ReadonlySet<string>;
}

/** As EventBridge: the alternatives of all `$or`s are multiplied, and a pattern has 1,000 at most. */
const mostCombinations = 1000;

/** What the fields of a pattern may be: one alternative of each `$or`, in every combination. */
type Combination = ReadonlyMap<string, readonly Alternative[]>;

/**
 * Fields of a pattern must all match; the alternatives of a field are a list; `$or` joins patterns.
 * Where the data has lists of objects, all fields must be found in the same element.
 *
 * Follows AWS's own engine, https://github.com/aws/event-ruler, which also joins the keys of a path with
 * points, so that `{"a.b": …}` and `{"a": {"b": …}}` are one. Throws a TypeError for what it refuses.
 *
 * @example
 * compilePattern({ total: [{ numeric: [">=", 100] }] }).matches({ total: 120 }); // true
 */
export function compilePattern(pattern: Readonly<Record<string, unknown>>): Pattern {
  const combinations = combinationsOf(pattern);
  const alternatives = combinations.flatMap((fields) => [...fields.values()]);
  for (const field of alternatives) checkComplexity(field.flatMap(({ wildcards }) => wildcards));
  const paths = new Set(combinations.flatMap((fields) => [...fields.keys()]));
  const fieldsOf = fieldFinder(paths);
  const rules: Rule[] = combinations.map(compileRule);
  return {
    paths,
    operators: new Set(alternatives.flat().flatMap(({ operators }) => operators)),
    matches(value) {
      const fields = fieldsOf(value);
      return fields !== undefined && rules.some((matches) => matches(fields));
    },
  };
}

/** Where a `$or` is none, all of them are fields of that name, as they were before there was a `$or`. */
function combinationsOf(pattern: Readonly<Record<string, unknown>>): Combination[] {
  try {
    return expand(pattern, "", [], { joining: true, joined: false });
  } catch (error) {
    if (!hasOr(pattern)) throw error;
    try {
      return expand(pattern, "", [], { joining: false, joined: false });
    } catch {
      throw error;
    }
  }
}

const hasOr = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(hasOr)
    : isObject(value) &&
      Object.entries(value).some(([key, inner]) => key === "$or" || hasOr(inner));

interface Place {
  /** Whether `$or` joins patterns here. */
  readonly joining: boolean;
  /** Whether this is a pattern that `$or` has joined. */
  readonly joined: boolean;
}

function expand(
  pattern: Readonly<Record<string, unknown>>,
  path: string,
  before: readonly Combination[],
  place: Place,
): Combination[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new TypeError("A pattern must name at least one field.");
  let combinations: Combination[] = [...before];
  for (const [key, rule] of entries) {
    if (place.joining && key === "$or") {
      combinations = alternativesOf(rule).flatMap((one) =>
        expand(one, path, combinations.length > 0 ? combinations : [new Map()], {
          ...place,
          joined: true,
        }),
      );
    } else combinations = expandField(key, rule, path, combinations, place);
    if (combinations.length > mostCombinations) {
      throw new TypeError(`The pattern has more than ${mostCombinations} combinations of "$or".`);
    }
  }
  return combinations;
}

function expandField(
  key: string,
  rule: unknown,
  path: string,
  combinations: readonly Combination[],
  place: Place,
): Combination[] {
  if (place.joined && reserved.has(key)) {
    throw new TypeError(`"${key}" is an operator, which cannot be the name of a field in "$or".`);
  }
  const here = path + key;
  if (isObject(rule)) return expand(rule, `${here}.`, combinations, place);
  if (!Array.isArray(rule)) {
    throw new TypeError(`The field "${here}" must have a list of values or a nested pattern.`);
  }
  if (rule.length === 0) throw new TypeError(`The list of the field "${here}" is empty.`);
  const alternatives = rule.map((one) => {
    try {
      return compileAlternative(one);
    } catch (error) {
      throw new TypeError(`The field "${here}": ${(error as Error).message}`);
    }
  });
  const known = combinations.length > 0 ? combinations : [new Map()];
  return known.map((combination) => new Map([...combination, [here, alternatives]]));
}

function alternativesOf(rule: unknown): Record<string, unknown>[] {
  if (Array.isArray(rule) && rule.length >= 2 && rule.every(isObject)) return rule;
  throw new TypeError('"$or" needs a list of two patterns or more.');
}

/** Operators there are, and those that EventBridge keeps for itself. */
const reserved = new Set([
  "exactly",
  "equals-ignore-case",
  "prefix",
  "suffix",
  "anything-but",
  "exists",
  "wildcard",
  "numeric",
  "cidr",
  "=",
  "<",
  "<=",
  ">",
  ">=",
  "regex",
  "not-wildcard",
  "not-equals-ignore-case",
  "date-after",
  "date-on-or-after",
  "date-before",
  "date-on-or-before",
  "in-date-range",
  "ip-address-in-range",
  "ip-address-not-in-range",
]);
