/**
 * CloudFormation's intrinsic functions.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import type { Path } from "./document.ts";

/** What stands around a value: all that it can refer to. */
export interface Scope {
  /** `Ref`: of a parameter, a pseudo parameter or a resource. */
  ref(name: string, path: Path): unknown;
  attribute(logicalId: string, attribute: string, path: Path): unknown;
  condition(name: string, path: Path): boolean;
  findInMap(keys: readonly string[], path: Path): unknown;
  importValue(name: string, path: Path): unknown;
  /** `{{resolve:…}}` */
  dynamic(reference: string, path: Path): unknown;
  readonly region: string;
  /** Counts a value that is worked out; fails when there are too many. */
  step(path: Path): void;
  /** For what CloudFormation would refuse. */
  fail(message: string, path: Path): never;
  /** For what is known in the cloud only: throws an `Unresolvable`, or gives a stand-in. */
  giveUp(why: string, path: Path): unknown;
}

/** A value that is known in the cloud only. */
export class Unresolvable extends Error {
  override readonly name = "Unresolvable";
  readonly path: Path;

  constructor(why: string, path: Path) {
    super(why);
    this.path = path;
  }
}

/** Stands for `AWS::NoValue`: the property is not there. */
export const noValue = Symbol("AWS::NoValue");

/**
 * Evaluates a value and all in it. Throws an `Unresolvable` for what is known in the cloud only,
 * unless `leaveOut` is given: that is told, and the property or item is left out.
 *
 * @example
 * evaluate({ "Fn::Sub": "${AWS::StackName}-orders" }, ["Resources"], scope); // "shop-orders"
 */
export function evaluate(
  value: unknown,
  path: Path,
  scope: Scope,
  leaveOut?: (problem: Unresolvable) => void,
): unknown {
  scope.step(path);
  if (typeof value === "string") return withoutDynamicReference(value, path, scope);
  if (typeof value !== "object" || value === null) return value;
  const call = intrinsicOf(value, path, scope);
  if (call) return evaluateCall(call, path, scope);

  const attempt = (item: unknown, step: string | number) => {
    try {
      return evaluate(item, [...path, step], scope, leaveOut);
    } catch (problem) {
      if (!leaveOut || !(problem instanceof Unresolvable)) throw problem;
      leaveOut(problem);
      return noValue;
    }
  };
  if (Array.isArray(value)) return value.map(attempt).filter((item) => item !== noValue);
  const entries = Object.entries(value).map(([name, item]) => [name, attempt(item, name)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== noValue));
}

interface Call {
  readonly name: string;
  readonly argument: unknown;
}

/** `{ Ref: … }` or `{ "Fn::…": … }`, which stand alone. */
function intrinsicOf(value: object, path: Path, scope: Scope): Call | undefined {
  const names = Object.keys(value);
  const name = names.find((name) => name.startsWith("Fn::")) ?? (names[0] === "Ref" ? "Ref" : "");
  if (name === "" || (name === "Ref" && names.length > 1)) return undefined;
  if (names.length > 1) {
    const others = names.filter((other) => other !== name).join(", ");
    scope.fail(`${name} stands beside ${others}, and must stand alone.`, path);
  }
  return { name, argument: (value as Record<string, unknown>)[name] };
}

function evaluateCall({ name, argument }: Call, path: Path, scope: Scope): unknown {
  const run = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
  if (!run) return scope.fail(`${name} is not a function of CloudFormation known here.`, path);
  return run(argument, [...path, name], scope);
}

type Intrinsic = (argument: any, path: Path, scope: Scope) => unknown;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, path, scope) => scope.ref(text(name, path, scope), path),

  "Fn::GetAtt": (argument, path, scope) => {
    const [logicalId, ...attribute] =
      typeof argument === "string" ? argument.split(".") : list(argument, path, scope);
    const parts = attribute.map((part) => text(evaluate(part, path, scope), path, scope));
    const name = parts.join(".");
    if (name === "") scope.fail("Fn::GetAtt takes a logical id and an attribute.", path);
    return scope.attribute(text(logicalId, path, scope), name, path);
  },

  "Fn::Sub": (argument, path, scope) => {
    const [template, variables = {}] = [argument].flat();
    if (typeof template !== "string" || typeof variables !== "object") {
      return scope.fail("Fn::Sub takes a string, or one and a map.", path);
    }
    const resolve = (name: string) => {
      if (Object.hasOwn(variables, name)) {
        return text(evaluate(variables[name], [...path, 1, name], scope), path, scope);
      }
      const [logicalId = "", ...attribute] = name.split(".");
      const value =
        attribute.length > 0 && !name.startsWith("AWS::")
          ? scope.attribute(logicalId, attribute.join("."), path)
          : scope.ref(name, path);
      return text(value, path, scope);
    };
    const replaced = substituted(template, resolve);
    return withoutDynamicReference(bounded(replaced, path, scope), path, scope);
  },

  "Fn::Join": (argument, path, scope) => {
    const [delimiter, values] = pair(argument, path, scope, "a delimiter and a list");
    const parts = list(evaluate(values, [...path, 1], scope), path, scope);
    const joined = parts.map((part) => text(part, path, scope)).join(text(delimiter, path, scope));
    return withoutDynamicReference(bounded(joined, path, scope), path, scope);
  },

  "Fn::Select": (argument, path, scope) => {
    const [index, values] = pair(argument, path, scope, "an index and a list");
    const items = list(evaluate(values, [...path, 1], scope), path, scope);
    const at = Number(evaluate(index, [...path, 0], scope));
    if (Number.isInteger(at) && at >= 0 && at < items.length) return items[at];
    const why = `Fn::Select takes item ${at} of a list of ${items.length}.`;
    // What is split may be a name that AWS makes up: another stands in its place here.
    const isSplit = (values as { "Fn::Split"?: unknown } | null)?.["Fn::Split"] !== undefined;
    return isSplit ? scope.giveUp(why, path) : scope.fail(why, path);
  },

  "Fn::Split": (argument, path, scope) => {
    const [delimiter, value] = pair(argument, path, scope, "a delimiter and a string");
    const whole = text(evaluate(value, [...path, 1], scope), path, scope);
    return whole.split(text(delimiter, path, scope));
  },

  "Fn::If": (argument, path, scope) => {
    if (!Array.isArray(argument) || argument.length !== 3) {
      scope.fail("Fn::If takes a condition and two values.", path);
    }
    const chosen = scope.condition(text(argument[0], path, scope), path) ? 1 : 2;
    return evaluate(argument[chosen], [...path, chosen], scope);
  },

  "Fn::FindInMap": (argument, path, scope) => {
    const [map, first, second, fallback] = list(argument, path, scope);
    const keys = [map, first, second].map((key) => text(evaluate(key, path, scope), path, scope));
    const found = scope.findInMap(keys, path);
    if (found !== undefined) return found;
    const standard = (fallback as { DefaultValue?: unknown } | undefined)?.DefaultValue;
    if (standard !== undefined) return evaluate(standard, path, scope);
    return scope.fail(`The mapping ${keys[0]} has no ${keys.slice(1).join(".")}.`, path);
  },

  "Fn::ImportValue": (argument, path, scope) =>
    scope.importValue(text(evaluate(argument, path, scope), path, scope), path),

  "Fn::Base64": (argument, path, scope) =>
    bounded(
      Buffer.from(text(evaluate(argument, path, scope), path, scope)).toString("base64"),
      path,
      scope,
    ),

  "Fn::ToJsonString": (argument, path, scope) =>
    bounded(JSON.stringify(evaluate(argument, path, scope)), path, scope),

  "Fn::Length": (argument, path, scope) =>
    list(evaluate(argument, path, scope), path, scope).length,

  "Fn::GetAZs": (argument, path, scope) => {
    const region = evaluate(argument, path, scope) || scope.region;
    return ["a", "b", "c"].map((zone) => `${region}${zone}`);
  },

  "Fn::Cidr": (_, path, scope) => scope.giveUp("Fn::Cidr is not computed here.", path),

  "Fn::Transform": (argument, path, scope) =>
    scope.giveUp(
      `The macro ${argument?.Name ?? "of Fn::Transform"} runs in CloudFormation only: write out here what it makes.`,
      path,
    ),

  /** Written by the reader of Terraform, for what its plan does not know. */
  "Fn::Terraform": (why, path, scope) => scope.giveUp(text(why, path, scope), path),

  "Fn::Equals": (argument, path, scope) => {
    const [left, right] = pair(argument, path, scope, "two values");
    const sides = [left, right].map((side, index) => evaluate(side, [...path, index], scope));
    return (
      JSON.stringify(sides[0]) === JSON.stringify(sides[1]) || String(sides[0]) === String(sides[1])
    );
  },

  "Fn::And": (argument, path, scope) => conditions(argument, path, scope).every(Boolean),
  "Fn::Or": (argument, path, scope) => conditions(argument, path, scope).some(Boolean),
  "Fn::Not": (argument, path, scope) => !conditions(argument, path, scope)[0],
};

/** What stands in Conditions, or in Fn::And, Fn::Or and Fn::Not. */
export function evaluateCondition(value: unknown, path: Path, scope: Scope): boolean {
  const { Condition: name } = (value ?? {}) as { Condition?: unknown };
  if (typeof name === "string") return scope.condition(name, path);
  const result = evaluate(value, path, scope);
  if (typeof result === "boolean") return result;
  if (result === "true" || result === "false") return result === "true";
  return scope.fail("A condition is made of Fn::Equals, Fn::And, Fn::Or and Fn::Not.", path);
}

const conditions = (argument: unknown, path: Path, scope: Scope) =>
  list(argument, path, scope).map((item, index) =>
    evaluateCondition(item, [...path, index], scope),
  );

/** `${Name}` with its value; what `${!Name}` stands for is `${Name}` itself. */
function substituted(template: string, resolve: (name: string) => string): string {
  let result = "";
  let at = 0;
  for (;;) {
    const start = template.indexOf("${", at);
    const end = start < 0 ? -1 : template.indexOf("}", start);
    if (end < 0) return result + template.slice(at);
    const inner = template.slice(start + 2, end);
    result += template.slice(at, start);
    result += inner.startsWith("!") ? `\${${inner.slice(1)}}` : resolve(inner.trim());
    at = end + 1;
  }
}

/** As long as a whole template may be. */
const longestText = 1024 * 1024;

function bounded(value: string, path: Path, scope: Scope): string {
  if (value.length <= longestText) return value;
  return scope.fail(`This makes a text of ${value.length} characters.`, path) as never;
}

function withoutDynamicReference(value: string, path: Path, scope: Scope): unknown {
  if (!value.includes("{{resolve:")) return value;
  return value.replace(/\{\{resolve:[^{}]*\}\}/g, (reference) =>
    String(scope.dynamic(reference, path)),
  );
}

function text(value: unknown, path: Path, scope: Scope): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return scope.fail(
    `A string is wanted here, and it is ${JSON.stringify(value) ?? "nothing"}.`,
    path,
  );
}

function list(value: unknown, path: Path, scope: Scope): unknown[] {
  if (Array.isArray(value)) return value;
  return scope.fail(
    `A list is wanted here, and it is ${JSON.stringify(value) ?? "nothing"}.`,
    path,
  );
}

function pair(argument: unknown, path: Path, scope: Scope, wanted: string): [unknown, unknown] {
  if (Array.isArray(argument) && argument.length === 2) return [argument[0], argument[1]];
  return scope.fail(`${path.at(-1)} takes ${wanted}.`, path);
}
