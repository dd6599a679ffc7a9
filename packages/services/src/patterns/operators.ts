/** The operators of an event pattern, each over one value of a field. */
import { addressOf, inRange, isAddress } from "./address.ts";
import { endsIgnoringCase, equalsIgnoringCase, startsIgnoringCase } from "./ignore-case.ts";
import { InexactNumber, isObject, isSame } from "./json.ts";
import { matchesWildcard, parseWildcard, type Wildcard } from "./wildcard.ts";

export type Test = (value: unknown) => boolean;

/** One of the things that a field may be. */
export interface Alternative {
  /** Undefined: the field must not be there. */
  readonly test: Test | undefined;
  /** The names of the operators in it. None: a plain value. */
  readonly operators: readonly string[];
  readonly wildcards: readonly Wildcard[];
}

/** Throws a TypeError for what EventBridge refuses. */
export function compileAlternative(rule: unknown): Alternative {
  if (!isObject(rule)) return { test: equals(rule), operators: [], wildcards: [] };
  const [name, argument] = only(rule);
  if (name === "exists") {
    if (typeof argument !== "boolean") throw new TypeError('"exists" takes true or false.');
    return { test: argument ? () => true : undefined, operators: [name], wildcards: [] };
  }
  if (name === "anything-but") return anythingBut(argument);
  if (name === "wildcard") return wildcard(name, [argument]);
  const compile = operators.get(name);
  if (!compile) throw new TypeError(`There is no operator "${name}".`);
  return { test: compile(argument), operators: [name], wildcards: [] };
}

function only(rule: Readonly<Record<string, unknown>>): [name: string, argument: unknown] {
  const [entry, ...more] = Object.entries(rule);
  if (entry && more.length === 0) return entry;
  throw new TypeError("An alternative that is no value has exactly one operator.");
}

/** Of texts that are addresses, it is the addresses that are compared. */
function equals(wanted: unknown): Test {
  if (Array.isArray(wanted)) throw new TypeError("An alternative is no list.");
  const address = typeof wanted === "string" ? addressOf(wanted) : undefined;
  return address ? onText(isAddress(address)) : (value) => isSame(value, wanted);
}

const onText =
  (test: (value: string) => boolean): Test =>
  (value) =>
    typeof value === "string" && test(value);

function text(name: string, argument: unknown): string {
  if (typeof argument === "string") return argument;
  throw new TypeError(`"${name}" takes a string.`);
}

const ignoringCase = (argument: unknown) =>
  onText(equalsIgnoringCase(text("equals-ignore-case", argument)));

const operators: ReadonlyMap<string, (argument: unknown) => Test> = mapOf({
  exactly(argument) {
    const wanted = text("exactly", argument);
    return (value) => value === wanted;
  },
  prefix: (argument) => affix("prefix", argument, startsIgnoringCase),
  suffix: (argument) => affix("suffix", argument, endsIgnoringCase),
  "equals-ignore-case": ignoringCase,
  numeric,
  cidr: (argument) => onText(inRange(argument)),
});

/** `{"prefix": "a"}` or `{"prefix": {"equals-ignore-case": "a"}}`. */
function affix(
  name: "prefix" | "suffix",
  argument: unknown,
  ignoringCase: (part: string) => (value: string) => boolean,
): Test {
  if (isObject(argument)) {
    const [operator, inner] = only(argument);
    if (operator !== "equals-ignore-case") {
      throw new TypeError(`"${name}" takes a string or {"equals-ignore-case": string}.`);
    }
    return onText(ignoringCase(text(operator, inner)));
  }
  return exactAffix(name, text(name, argument));
}

const exactAffix = (name: "prefix" | "suffix", part: string): Test =>
  onText(name === "prefix" ? (value) => value.startsWith(part) : (value) => value.endsWith(part));

const comparisons: ReadonlyMap<string, (a: number, b: number) => boolean> = mapOf({
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
});

/** `["=", 5]`, `["<", 5]`, or a lower bound and perhaps an upper one: `[">", 0, "<=", 5]`. */
function numeric(argument: unknown): Test {
  const terms = Array.isArray(argument) ? argument : [];
  const tests: Test[] = [];
  for (let at = 0; at < terms.length; at += 2) {
    const compare = comparisons.get(terms[at]);
    const bound: unknown = terms[at + 1];
    if (bound instanceof InexactNumber) {
      throw new TypeError(`"numeric" cannot compare ${bound.source}: no double is that number.`);
    }
    if (!compare || typeof bound !== "number") throw wrongTerms();
    tests.push((value) => typeof value === "number" && compare(value, bound));
  }
  const isRange = String(terms[0]).startsWith(">") && String(terms[2]).startsWith("<");
  if (tests.length === 2 && !(isRange && terms[1] < terms[3])) throw wrongTerms();
  if (tests.length < 1 || tests.length > 2) throw wrongTerms();
  return (value) => tests.every((test) => test(value));
}

const wrongTerms = () =>
  new TypeError(
    '"numeric" takes ["=", n], ["<", n] and the like, or two bounds such as [">", n, "<=", m].',
  );

function wildcard(name: string, patterns: readonly unknown[]): Alternative {
  const wildcards = patterns.map(parseWildcard);
  const tests = wildcards.map(matchesWildcard);
  const test = onText((value) => tests.some((matches) => matches(value)));
  return { test, operators: [name], wildcards };
}

/** A value, a list of strings or of numbers, or one operator on strings with a string or a list. */
function anythingBut(argument: unknown): Alternative {
  if (!isObject(argument)) {
    return { test: not(plainValues(argument)), operators: ["anything-but"], wildcards: [] };
  }
  const [name, inner] = only(argument);
  const operator = `anything-but ${name}`;
  const compile = butOperators.get(name);
  if (!compile) {
    throw new TypeError(`"anything-but" takes one of ${[...butOperators.keys()].join(", ")}.`);
  }
  const { test, wildcards } = compile(listOf(inner));
  return { test: not(test), operators: [operator], wildcards };
}

const not =
  (test: Test): Test =>
  (value) =>
    !test(value);

function listOf(argument: unknown): readonly unknown[] {
  if (!Array.isArray(argument)) return [argument];
  if (argument.length === 0) throw new TypeError('"anything-but" takes at least one value.');
  return argument;
}

function plainValues(argument: unknown): Test {
  const values = listOf(argument);
  const [type] = values.map((value) => typeof value);
  const isPlain = type === "string" || type === "number";
  if (!isPlain || values.some((value) => typeof value !== type)) {
    throw new TypeError(
      '"anything-but" takes a string or a number, or a list of either, but not both, nor null or a boolean.',
    );
  }
  return (value) => values.includes(value);
}

type Compiled = Pick<Alternative, "wildcards"> & { readonly test: Test };

const anyOf = (tests: readonly Test[]): Compiled => ({
  test: (value) => tests.some((test) => test(value)),
  wildcards: [],
});

const butOperators: ReadonlyMap<string, (values: readonly unknown[]) => Compiled> = mapOf({
  prefix: (values) => anyOf(values.map((one) => nonEmptyAffix("prefix", one))),
  suffix: (values) => anyOf(values.map((one) => nonEmptyAffix("suffix", one))),
  "equals-ignore-case": (values) => anyOf(values.map(ignoringCase)),
  wildcard(values) {
    const { test, wildcards } = wildcard("wildcard", values);
    return { test: test!, wildcards };
  },
});

/** Everything begins and ends with nothing. */
function nonEmptyAffix(name: "prefix" | "suffix", argument: unknown): Test {
  const part = text(name, argument);
  if (part === "") throw new TypeError(`"anything-but" takes no empty ${name}.`);
  return exactAffix(name, part);
}

/** Not an object, which has names that nobody gave it. */
function mapOf<T>(members: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(members));
}
