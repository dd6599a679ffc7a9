/** The operators of an event pattern, each over the values that a field has. */
import { literalOf, numberOf, WrittenNumber } from "./json.ts";

/** Gets the values of the field; none when it is absent. */
export type ValueMatcher = (values: readonly unknown[]) => boolean;

type Test = (value: unknown) => boolean;

/** Throws a TypeError for what EventBridge refuses. `key` is the field, for the error. */
export function compileOperator(key: string, rule: unknown): ValueMatcher {
  if (typeof rule !== "object" || rule === null || rule instanceof WrittenNumber) {
    return any(equals(rule));
  }
  const [operator, ...more] = Object.entries(rule);
  if (Array.isArray(rule) || !operator || more.length > 0) {
    throw new TypeError(`The field "${key}" has an alternative that is no value and no operator.`);
  }
  const [name, argument] = operator;
  if (name === "exists") return exists(argument);
  return any(compileTest(name, argument));
}

const any =
  (test: Test): ValueMatcher =>
  (values) =>
    values.some(test);

/** `{"exists": false}` matches where there is no value; an object is none. */
function exists(argument: unknown): ValueMatcher {
  if (typeof argument !== "boolean") throw new TypeError('"exists" takes true or false.');
  return (values) => values.length > 0 === argument;
}

function compileTest(name: string, argument: unknown): Test {
  switch (name) {
    case "prefix":
    case "suffix":
      return affix(name, argument);
    case "equals-ignore-case": {
      const wanted = text(name, argument).toLowerCase();
      return onText((value) => value.toLowerCase() === wanted);
    }
    case "wildcard":
      return wildcard(argument);
    case "numeric":
      return numeric(argument);
    case "cidr":
      return cidr(argument);
    case "anything-but":
      return anythingBut(argument);
    default:
      throw new TypeError(`There is no operator "${name}".`);
  }
}

function equals(wanted: unknown): Test {
  const literal = literalOf(wanted);
  return (value) => literalOf(value) === literal;
}

const onText =
  (test: (value: string) => boolean): Test =>
  (value) =>
    typeof value === "string" && test(value);

function text(name: string, argument: unknown): string {
  if (typeof argument !== "string") throw new TypeError(`"${name}" takes a string.`);
  return argument;
}

/** `{"prefix": "a"}` or `{"prefix": {"equals-ignore-case": "a"}}`. */
function affix(name: "prefix" | "suffix", argument: unknown): Test {
  const has = (value: string, part: string) =>
    name === "prefix" ? value.startsWith(part) : value.endsWith(part);
  if (typeof argument === "object" && argument !== null) {
    const [[operator, inner] = [], ...more] = Object.entries(argument);
    if (operator !== "equals-ignore-case" || more.length > 0) {
      throw new TypeError(`"${name}" takes a string or {"equals-ignore-case": string}.`);
    }
    const part = text(name, inner).toLowerCase();
    return onText((value) => has(value.toLowerCase(), part));
  }
  const part = text(name, argument);
  return onText((value) => has(value, part));
}

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcard(argument: unknown): Test {
  const pattern = text("wildcard", argument);
  if (!/^(?:[^\\*]|\\[\\*]|\*(?!\*))*$/s.test(pattern)) {
    throw new TypeError('"wildcard" takes no ** and no backslash before another character.');
  }
  const parts = [...pattern.matchAll(/\\(.)|(\*)|([^\\*]+)/gs)].map(([, escaped, star, plain]) =>
    star ? ".*" : literally(escaped ?? plain ?? ""),
  );
  const whole = new RegExp(`^${parts.join("")}$`, "s");
  return onText((value) => whole.test(value));
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** `["=", 5]`, or one or both bounds: `[">", 0, "<=", 5]`. */
function numeric(argument: unknown): Test {
  const list = Array.isArray(argument) ? argument : [];
  const wrong = () =>
    new TypeError('"numeric" takes ["=", n], ["<", n] or bounds such as [">", n, "<=", m].');
  if (list.length !== 2 && list.length !== 4) throw wrong();
  const bounds: Test[] = [];
  for (let at = 0; at < list.length; at += 2) {
    const compare = comparisons[String(list[at])];
    const bound = numberOf(list[at + 1]);
    if (!compare || bound === undefined) throw wrong();
    bounds.push((value) => {
      const number = numberOf(value);
      return number !== undefined && compare(number, bound);
    });
  }
  if (list.length === 4) {
    const lower = String(list[0]).startsWith(">") && String(list[2]).startsWith("<");
    if (!lower || !(numberOf(list[1])! < numberOf(list[3])!)) throw wrong();
  }
  return (value) => bounds.every((test) => test(value));
}

/** An IPv4 range such as "10.0.0.0/24". */
function cidr(argument: unknown): Test {
  const [address = "", length = ""] = text("cidr", argument).split("/");
  const base = ipv4(address);
  if (base === undefined || !/^\d+$/.test(length) || Number(length) > 32) {
    throw new TypeError('"cidr" takes an IPv4 range such as "10.0.0.0/24".');
  }
  const size = 2 ** (32 - Number(length));
  return onText((value) => {
    const given = ipv4(value);
    return given !== undefined && Math.floor(given / size) === Math.floor(base / size);
  });
}

function ipv4(address: string): number | undefined {
  const bytes = address.split(".").map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) return undefined;
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

/** A value, a list of strings or of numbers, or one of the operators on strings with either. */
function anythingBut(argument: unknown): Test {
  if (
    typeof argument === "object" &&
    argument !== null &&
    !Array.isArray(argument) &&
    !(argument instanceof WrittenNumber)
  ) {
    const [[name, inner] = [], ...more] = Object.entries(argument);
    if (!name || more.length > 0 || !onStrings.has(name)) {
      throw new TypeError(`"anything-but" takes one of ${[...onStrings].join(", ")}.`);
    }
    const tests = listOf(inner).map((one) => compileTest(name, one));
    return (value) => !tests.some((test) => test(value));
  }
  const tests = listOf(argument).map((one) => {
    if (literalOf(one) === undefined) throw new TypeError('"anything-but" takes plain values.');
    return equals(one);
  });
  return (value) => !tests.some((test) => test(value));
}

const onStrings = new Set(["prefix", "suffix", "equals-ignore-case", "wildcard"]);

function listOf(argument: unknown): readonly unknown[] {
  if (!Array.isArray(argument)) return [argument];
  if (argument.length === 0) throw new TypeError('"anything-but" takes at least one value.');
  return argument;
}

const literally = (part: string) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
