/** The functions of jq 1.6 that are known here, by name and number of arguments. */
import { fromDate, gmtime, mktime, strftime, strptime } from "./dates.ts";
import {
  byKey,
  contains,
  distinct,
  entryOf,
  flatten,
  fromJson,
  groups,
  has,
  implode,
  indices,
  isText,
  itemAt,
  join,
  keysOf,
  least,
  length,
  list,
  notSortable,
  number,
  type Run,
  range,
  reversed,
  shiftLetters,
  text,
  texts,
  toNumber,
  type Values,
} from "./functions.ts";
import { add, splitText } from "./operators.ts";
import { descend, items } from "./places.ts";
import { capture, match, scan, splitByRegex, substitute, test } from "./regex.ts";
import type { Expression } from "./syntax.ts";
import {
  compare,
  described,
  isObject,
  isTrue,
  JqError,
  type Json,
  type Kind,
  kindOf,
  memberOf,
  objectOf,
  sortedKeys,
  toStringValue,
  toText,
} from "./value.ts";

/** One result from the input and one value for each argument. */
type OnValues = (input: Json, ...args: Json[]) => Json;
/** Any number of results, with the arguments run as it likes. */
type OnFilters = (input: Json, run: Run, ...args: Expression[]) => Values;

export const isBuiltin = (name: string, args: number) =>
  Object.hasOwn(onValues, `${name}/${args}`) || Object.hasOwn(onFilters, `${name}/${args}`);

export function* callBuiltin(
  { name, args }: { readonly name: string; readonly args: readonly Expression[] },
  input: Json,
  run: Run,
): Values {
  const key = `${name}/${args.length}`;
  const filter = onFilters[key];
  if (filter) yield* filter(input, run, ...args);
  else for (const values of combinations(args, run)) yield onValues[key]!(input, ...values);
}

function* combinations(args: readonly Expression[], run: Run): Generator<Json[], void> {
  const [first, ...rest] = args;
  if (!first) {
    yield [];
    return;
  }
  for (const value of run(first))
    for (const others of combinations(rest, run)) yield [value, ...others];
}

const onValues: Readonly<Record<string, OnValues>> = {
  "not/0": (input) => !isTrue(input),
  "length/0": length,
  "utf8bytelength/0": (input) =>
    Buffer.byteLength(text(input, `${described(input)} only strings have UTF-8 byte length`)),
  "keys/0": (input) => keysOf(input, sortedKeys),
  "keys_unsorted/0": (input) => keysOf(input, Object.keys),
  "has/1": has,
  "in/1": (input, container) => has(container, input),
  "type/0": kindOf,
  "tostring/0": toStringValue,
  "tojson/0": toText,
  "fromjson/0": fromJson,
  "tonumber/0": toNumber,
  "ascii_downcase/0": shiftLetters(65, 90, 32),
  "ascii_upcase/0": shiftLetters(97, 122, -32),
  "explode/0": (input) =>
    [...text(input, `${described(input)} cannot be exploded`)].map((one) => one.codePointAt(0)!),
  "implode/0": implode,
  "startswith/1": (input, part) => {
    const [whole, start] = texts(input, part, "startswith");
    return whole.startsWith(start);
  },
  "endswith/1": (input, part) => {
    const [whole, end] = texts(input, part, "endswith");
    return whole.endsWith(end);
  },
  "ltrimstr/1": (input, part) =>
    isText(input) && isText(part) && input.startsWith(part) ? input.slice(part.length) : input,
  "rtrimstr/1": (input, part) =>
    isText(input) && isText(part) && part !== "" && input.endsWith(part)
      ? input.slice(0, -part.length)
      : input,
  "split/1": (input, separator) => {
    if (isText(input) && isText(separator)) return splitText(input, separator);
    throw new JqError("split input and separator must be strings");
  },
  "split/2": splitByRegex,
  "join/1": join,
  "test/1": (input, regex) => test(input, regex, null),
  "test/2": test,
  "contains/1": contains,
  "inside/1": (input, container) => contains(container, input),
  "add/0": (input) => items(input).reduce<Json>(add, null),
  "any/0": (input) => items(input).some(isTrue),
  "all/0": (input) => items(input).every(isTrue),
  "min/0": (input) => least(list(input, notSortable(input)), (item) => item, -1),
  "max/0": (input) => least(list(input, notSortable(input)), (item) => item, 1),
  "sort/0": (input) => [...list(input, notSortable(input))].sort(compare),
  "unique/0": (input) => distinct([...list(input, notSortable(input))].sort(compare)),
  "reverse/0": reversed,
  "flatten/0": (input) => flatten(items(input), Number.POSITIVE_INFINITY),
  "flatten/1": (input, depth) => {
    if ((depth as number) < 0) throw new JqError("flatten depth must not be negative");
    return flatten(items(input), depth as number);
  },
  "first/0": (input) => itemAt(input, 0),
  "last/0": (input) => itemAt(input, -1),
  "nth/1": itemAt,
  "indices/1": indices,
  "index/1": (input, part) => itemAt(indices(input, part), 0),
  "rindex/1": (input, part) => itemAt(indices(input, part), -1),
  "to_entries/0": (input) =>
    (keysOf(input, Object.keys) as string[]).map((key) =>
      objectOf([
        ["key", key],
        ["value", memberOf(input as Record<string, Json>, key)],
      ]),
    ),
  "from_entries/0": (input) => objectOf(items(input).map(entryOf)),
  "floor/0": (input) => Math.floor(number(input, "floor")),
  "ceil/0": (input) => Math.ceil(number(input, "ceil")),
  "round/0": (input) => {
    const value = number(input, "round");
    return Math.sign(value) * Math.round(Math.abs(value));
  },
  "sqrt/0": (input) => Math.sqrt(number(input, "sqrt")),
  "fabs/0": (input) => Math.abs(number(input, "fabs")),
  "pow/2": (_, base, exponent) => number(base, "pow") ** number(exponent, "pow"),
  "log/0": (input) => Math.log(number(input, "log")),
  "log2/0": (input) => Math.log2(number(input, "log2")),
  "log10/0": (input) => Math.log10(number(input, "log10")),
  "infinite/0": () => Number.POSITIVE_INFINITY,
  "nan/0": () => Number.NaN,
  "isnan/0": (input) => Number.isNaN(number(input, "isnan")),
  "isinfinite/0": (input) => Math.abs(number(input, "isinfinite")) === Number.POSITIVE_INFINITY,
  "getpath/1": (input, path) =>
    list(path, "Path must be specified as an array").reduce<Json>((value, key) => {
      if (value === null) return null;
      if (isObject(value) && typeof key === "string") return memberOf(value, key);
      if (Array.isArray(value) && typeof key === "number") return value.at(key) ?? null;
      throw new JqError(`Cannot index ${kindOf(value)} with ${JSON.stringify(key)}`);
    }, input),
  "error/0": (input) => {
    throw new JqError(input);
  },
  "error/1": (_, message) => {
    throw new JqError(message);
  },
  // Answered where the time is known.
  "now/0": () => null,
  "gmtime/0": gmtime,
  "mktime/0": mktime,
  "strftime/1": strftime,
  "strptime/1": strptime,
  "todate/0": (input) => strftime(input, "%Y-%m-%dT%H:%M:%SZ"),
  "fromdate/0": fromDate,
  "date/0": (input) => strftime(input, "%Y-%m-%dT%H:%M:%SZ"),
  "todateiso8601/0": (input) => strftime(input, "%Y-%m-%dT%H:%M:%SZ"),
  "fromdateiso8601/0": fromDate,
};

const ofKinds = (...kinds: readonly Kind[]): OnFilters =>
  function* (input) {
    if (kinds.includes(kindOf(input))) yield input;
  };

const onFilters: Readonly<Record<string, OnFilters>> = {
  *"empty/0"() {},
  "values/0": ofKinds("boolean", "number", "string", "array", "object"),
  "nulls/0": ofKinds("null"),
  "booleans/0": ofKinds("boolean"),
  "numbers/0": ofKinds("number"),
  "strings/0": ofKinds("string"),
  "arrays/0": ofKinds("array"),
  "objects/0": ofKinds("object"),
  "iterables/0": ofKinds("array", "object"),
  "scalars/0": ofKinds("null", "boolean", "number", "string"),
  *"select/1"(input, run, condition) {
    for (const value of run(condition)) if (isTrue(value)) yield input;
  },
  *"map/1"(input, run, filter) {
    yield items(input).flatMap((item) => [...run(filter, item)]);
  },
  *"map_values/1"(input, run, filter) {
    const first = (value: Json) => [...run(filter, value)].slice(0, 1);
    if (!isObject(input)) yield items(input).flatMap(first);
    else {
      yield objectOf(
        Object.entries(input).flatMap(([key, value]) =>
          first(value).map((changed) => [key, changed] as const),
        ),
      );
    }
  },
  *"with_entries/1"(input, run, filter) {
    const entries = onValues["to_entries/0"]!(input) as Json[];
    yield onValues["from_entries/0"]!(entries.flatMap((entry) => [...run(filter, entry)]));
  },
  *"recurse/0"(input) {
    yield* descend(input);
  },
  *"recurse/1"(input, run, filter) {
    yield input;
    for (const value of run(filter, input)) yield* onFilters["recurse/1"]!(value, run, filter);
  },
  *"env/0"() {
    yield objectOf([]);
  },
  *"range/1"(_, run, end) {
    for (const to of run(end)) yield* range(0, to, 1);
  },
  *"range/2"(_, run, start, end) {
    for (const from of run(start!)) for (const to of run(end!)) yield* range(from, to, 1);
  },
  *"range/3"(_, run, start, end, step) {
    for (const from of run(start!))
      for (const to of run(end!)) for (const by of run(step!)) yield* range(from, to, by);
  },
  *"any/1"(input, run, condition) {
    yield items(input).some((item) => [...run(condition, item)].some(isTrue));
  },
  *"all/1"(input, run, condition) {
    yield items(input).every((item) => [...run(condition, item)].every(isTrue));
  },
  *"sort_by/1"(input, run, key) {
    yield byKey(input, run, key).map(({ item }) => item);
  },
  *"group_by/1"(input, run, key) {
    yield groups(input, run, key);
  },
  *"unique_by/1"(input, run, key) {
    yield groups(input, run, key).map((group) => group[0]!);
  },
  *"min_by/1"(input, run, key) {
    yield least(list(input, notSortable(input)), (item) => [...run(key, item)], -1);
  },
  *"max_by/1"(input, run, key) {
    yield least(list(input, notSortable(input)), (item) => [...run(key, item)], 1);
  },
  *"first/1"(_, run, filter) {
    for (const value of run(filter)) {
      yield value;
      return;
    }
  },
  *"last/1"(_, run, filter) {
    const last = [...run(filter)].at(-1);
    if (last !== undefined) yield last;
  },
  *"limit/2"(_, run, count, filter) {
    for (const most of run(count!)) {
      let left = most as number;
      if (left <= 0) continue;
      for (const value of run(filter!)) {
        yield value;
        if (--left <= 0) break;
      }
    }
  },
  *"until/2"(input, run, condition, next) {
    let value = input;
    while (![...run(condition!, value)].some(isTrue)) value = [...run(next!, value)][0] ?? null;
    yield value;
  },
  *"isempty/1"(_, run, filter) {
    yield run(filter).next().done === true;
  },
  *"splits/1"(input, run, regex) {
    for (const one of run(regex)) yield* splitByRegex(input, one, null) as Json[];
  },
  *"match/1"(input, run, regex) {
    for (const one of run(regex)) yield* match(input, one, null);
  },
  *"match/2"(input, run, regex, flags) {
    for (const one of run(regex!)) for (const flag of run(flags!)) yield* match(input, one, flag);
  },
  *"capture/1"(input, run, regex) {
    for (const one of run(regex)) yield* capture(input, one, null);
  },
  *"capture/2"(input, run, regex, flags) {
    for (const one of run(regex!)) for (const flag of run(flags!)) yield* capture(input, one, flag);
  },
  *"scan/1"(input, run, regex) {
    for (const one of run(regex)) yield* scan(input, one);
  },
  *"sub/2"(input, run, regex, replacement) {
    for (const one of run(regex!)) yield substitute(input, one, null, by(run, replacement!));
  },
  *"sub/3"(input, run, regex, replacement, flags) {
    for (const one of run(regex!))
      for (const flag of run(flags!)) yield substitute(input, one, flag, by(run, replacement!));
  },
  *"gsub/2"(input, run, regex, replacement) {
    for (const one of run(regex!)) yield substitute(input, one, "g", by(run, replacement!));
  },
  *"gsub/3"(input, run, regex, replacement, flags) {
    for (const one of run(regex!))
      for (const flag of run(flags!))
        yield substitute(input, one, `${flag}g`, by(run, replacement!));
  },
};

const by = (run: Run, replacement: Expression) => (captured: Json) => {
  const [value] = run(replacement, captured);
  if (typeof value === "string") return value;
  throw new JqError(`${described(captured)} cannot be added to a string`);
};
