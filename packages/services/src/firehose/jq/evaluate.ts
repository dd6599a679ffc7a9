/** Runs a tree: each expression turns one value into none, one or many. */
import { callBuiltin } from "./builtins.ts";
import { formats } from "./formats.ts";
import { operators } from "./operators.ts";
import { descend, index, items, slice } from "./places.ts";
import type { Expression, Pattern } from "./syntax.ts";
import {
  described,
  isTrue,
  JqError,
  type Json,
  type JsonObject,
  kindOf,
  objectOf,
} from "./value.ts";

export type Variables = ReadonlyMap<string, Json>;

/** The variable that `now` reads: seconds since the epoch. No program can write its name. */
export const currentTime = "the current time";

export function* evaluate(
  expression: Expression,
  input: Json,
  variables: Variables,
): Generator<Json, void> {
  switch (expression.type) {
    case "identity":
      yield input;
      return;
    case "literal":
      yield expression.value;
      return;
    case "recurse":
      yield* descend(input);
      return;
    case "pipe":
      for (const value of evaluate(expression.left, input, variables)) {
        yield* evaluate(expression.right, value, variables);
      }
      return;
    case "comma":
      yield* evaluate(expression.left, input, variables);
      yield* evaluate(expression.right, input, variables);
      return;
    case "index":
      for (const target of evaluate(expression.target, input, variables)) {
        for (const key of evaluate(expression.key, input, variables)) {
          yield* step(expression.optional, () => [index(target, key)]);
        }
      }
      return;
    case "slice":
      yield* slices(expression, input, variables);
      return;
    case "iterate":
      for (const target of evaluate(expression.target, input, variables)) {
        yield* step(expression.optional, () => items(target));
      }
      return;
    case "array":
      yield expression.items ? [...evaluate(expression.items, input, variables)] : [];
      return;
    case "object":
      yield* objects(expression.entries, input, variables);
      return;
    case "negate":
      for (const value of evaluate(expression.operand, input, variables)) yield negate(value);
      return;
    case "binary":
      yield* binary(expression, input, variables);
      return;
    case "if":
      for (const condition of evaluate(expression.condition, input, variables)) {
        const branch = isTrue(condition) ? expression.then : expression.else;
        yield* evaluate(branch, input, variables);
      }
      return;
    case "try":
      yield* attempt(expression, input, variables);
      return;
    case "text":
      for (const text of texts(expression, 0, input, variables)) yield text;
      return;
    case "format":
      yield formatNamed(expression.format)(input);
      return;
    case "variable":
      yield variableNamed(expression.name, variables);
      return;
    case "bind":
      for (const value of evaluate(expression.source, input, variables)) {
        for (const bound of bind(expression.pattern, value, input, variables)) {
          yield* evaluate(expression.body, input, bound);
        }
      }
      return;
    case "reduce":
      yield* reduce(expression, input, variables);
      return;
    case "call":
      if (expression.name === "now") yield variableNamed(currentTime, variables);
      else
        yield* callBuiltin(expression, input, (argument, value = input) =>
          evaluate(argument, value, variables),
        );
  }
}

type Of<Type extends Expression["type"]> = Extract<Expression, { type: Type }>;

/** One step into a value; where it is optional, a value that has none gives nothing. */
function step(optional: boolean, into: () => readonly Json[]): readonly Json[] {
  try {
    return into();
  } catch (error) {
    if (optional && error instanceof JqError) return [];
    throw error;
  }
}

function* slices(
  { target, from, to, optional }: Of<"slice">,
  input: Json,
  variables: Variables,
): Generator<Json, void> {
  for (const value of evaluate(target, input, variables)) {
    for (const end of to ? evaluate(to, input, variables) : [null]) {
      for (const start of from ? evaluate(from, input, variables) : [null]) {
        yield* step(optional, () => [slice(value, start, end)]);
      }
    }
  }
}

/** Every combination of the keys' and the values' results. */
function* objects(
  entries: Of<"object">["entries"],
  input: Json,
  variables: Variables,
): Generator<JsonObject, void> {
  const last = entries.at(-1);
  if (!last) {
    yield objectOf([]);
    return;
  }
  for (const before of objects(entries.slice(0, -1), input, variables)) {
    for (const key of evaluate(last.key, input, variables)) {
      if (typeof key !== "string") {
        throw new JqError(`Object keys must be strings`);
      }
      for (const value of evaluate(last.value, input, variables)) {
        yield objectOf([...Object.entries(before), [key, value]]);
      }
    }
  }
}

function negate(value: Json): Json {
  if (typeof value === "number") return -value;
  throw new JqError(`${described(value)} cannot be negated`);
}

function* binary(
  { operator, left, right }: Of<"binary">,
  input: Json,
  variables: Variables,
): Generator<Json, void> {
  if (operator === "//") {
    yield* alternatives(left, right, input, variables);
    return;
  }
  if (operator === "and" || operator === "or") {
    const settles = operator === "or";
    for (const value of evaluate(left, input, variables)) {
      if (isTrue(value) === settles) yield settles;
      else for (const other of evaluate(right, input, variables)) yield isTrue(other);
    }
    return;
  }
  for (const other of evaluate(right, input, variables)) {
    for (const value of evaluate(left, input, variables)) yield operators[operator](value, other);
  }
}

/** What is true on the left, or what is on the right where nothing is. */
function* alternatives(
  left: Expression,
  right: Expression,
  input: Json,
  variables: Variables,
): Generator<Json, void> {
  let found = false;
  for (const value of evaluate(left, input, variables)) {
    if (!isTrue(value)) continue;
    found = true;
    yield value;
  }
  if (!found) yield* evaluate(right, input, variables);
}

function* attempt(
  { body, handler }: Of<"try">,
  input: Json,
  variables: Variables,
): Generator<Json, void> {
  const values = evaluate(body, input, variables);
  for (;;) {
    let next: IteratorResult<Json, void>;
    try {
      next = values.next();
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      if (handler) yield* evaluate(handler, error.value, variables);
      return;
    }
    if (next.done) return;
    yield next.value;
  }
}

function* texts(
  { format, parts }: Of<"text">,
  from: number,
  input: Json,
  variables: Variables,
): Generator<string, void> {
  const part = parts[from];
  if (part === undefined) {
    yield "";
    return;
  }
  for (const rest of texts({ type: "text", format, parts }, from + 1, input, variables)) {
    if (typeof part === "string") yield part + rest;
    else {
      for (const value of evaluate(part, input, variables)) {
        yield formatNamed(format)(value) + rest;
      }
    }
  }
}

function formatNamed(name: string): (value: Json) => string {
  const format = formats[name];
  if (format) return format;
  throw new JqError(`${name} is not a valid format`);
}

function variableNamed(name: string, variables: Variables): Json {
  const value = variables.get(name);
  if (value !== undefined) return value;
  throw new JqError(`$${name} is not defined`);
}

function* bind(
  pattern: Pattern,
  value: Json,
  input: Json,
  variables: Variables,
): Generator<Variables, void> {
  switch (pattern.type) {
    case "variable":
      yield new Map(variables).set(pattern.name, value);
      return;
    case "array": {
      if (value !== null && !Array.isArray(value)) {
        throw new JqError(`Cannot index ${kindOf(value)} with number`);
      }
      let bound: Variables[] = [variables];
      pattern.items.forEach((item, at) => {
        bound = bound.flatMap((so) => [...bind(item, index(value, at), input, so)]);
      });
      yield* bound;
      return;
    }
    case "object": {
      let bound: Variables[] = [variables];
      for (const entry of pattern.entries) {
        bound = bound.flatMap((so) =>
          [...evaluate(entry.key, input, so)].flatMap((key) => {
            if (typeof key !== "string") {
              throw new JqError(`Cannot index ${kindOf(value)} with ${kindOf(key)}`);
            }
            return [...bind(entry.value, index(value, key), input, so)];
          }),
        );
      }
      yield* bound;
    }
  }
}

function* reduce(
  { source, pattern, initial, update }: Of<"reduce">,
  input: Json,
  variables: Variables,
): Generator<Json, void> {
  for (const start of evaluate(initial, input, variables)) {
    let state: Json = start;
    for (const value of evaluate(source, input, variables)) {
      for (const bound of bind(pattern, value, input, variables)) {
        let last: Json = null;
        for (const next of evaluate(update, state, bound)) last = next;
        state = last;
      }
    }
    yield state;
  }
}
