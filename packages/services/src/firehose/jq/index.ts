/**
 * The part of jq 1.6 that finds keys in records: everything but assignments, paths, `def`,
 * `foreach`, `label`, modules and input. Numbers are doubles, dates are UTC, and regular
 * expressions are JavaScript's.
 */
import { isBuiltin } from "./builtins.ts";
import { currentTime, evaluate } from "./evaluate.ts";
import { JqSyntaxError } from "./lexer.ts";
import { parse } from "./parser.ts";
import type { Expression, Pattern } from "./syntax.ts";
import type { Json } from "./value.ts";

export { JqSyntaxError } from "./lexer.ts";
export { JqError, type Json } from "./value.ts";

export interface JqProgram {
  /** The results, one after the other. Throws a JqError where jq would fail. `now` is in epoch milliseconds. */
  run(input: Json, now: number): Generator<Json, void>;
}

/**
 * Throws a JqSyntaxError for what is no jq, and for the part of jq that is not read here.
 *
 * @example
 * const [keys] = compileJq('{year: .at | strftime("%Y")}').run({ at: 1767225600 }, Date.now());
 * keys; // { year: "2026" }
 */
export function compileJq(program: string): JqProgram {
  const expression = parse(program);
  check(expression, new Set(), program);
  return {
    run: (input, now) => evaluate(expression, input, new Map([[currentTime, now / 1000]])),
  };
}

/** As jq does, names are looked up before anything runs. */
function check(expression: Expression, variables: ReadonlySet<string>, program: string): void {
  const refuse = (what: string) => new JqSyntaxError(`${what}, in the jq program "${program}".`);
  if (expression.type === "variable" && !variables.has(expression.name)) {
    throw refuse(`$${expression.name} is not defined`);
  }
  if (expression.type === "call" && !isBuiltin(expression.name, expression.args.length)) {
    throw refuse(`${expression.name}/${expression.args.length} is not defined, or not known here`);
  }
  if (expression.type === "bind") {
    check(expression.source, variables, program);
    check(expression.body, bound(expression.pattern, variables), program);
    return;
  }
  if (expression.type === "reduce") {
    check(expression.source, variables, program);
    check(expression.initial, variables, program);
    check(expression.update, bound(expression.pattern, variables), program);
    return;
  }
  for (const part of partsOf(expression)) check(part, variables, program);
}

function bound(pattern: Pattern, variables: ReadonlySet<string>): ReadonlySet<string> {
  switch (pattern.type) {
    case "variable":
      return new Set(variables).add(pattern.name);
    case "array":
      return pattern.items.reduce((so, item) => bound(item, so), variables);
    case "object":
      return pattern.entries.reduce((so, { value }) => bound(value, so), variables);
  }
}

const isExpression = (value: unknown): value is Expression =>
  typeof value === "object" && value !== null && "type" in value;

/** The expressions right inside of an expression. */
function partsOf(expression: Expression): Expression[] {
  return Object.values(expression).flatMap((member: unknown) => {
    if (isExpression(member)) return [member];
    if (!Array.isArray(member)) return [];
    return member.flatMap((item: unknown) => {
      if (isExpression(item)) return [item];
      if (typeof item !== "object" || item === null) return [];
      return Object.values(item).filter(isExpression);
    });
  });
}
