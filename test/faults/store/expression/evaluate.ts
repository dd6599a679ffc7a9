/** What conditions and operands mean for an item. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { add, subtract } from "../decimal.ts";
import { invalid } from "../errors.ts";
import { compare, contentOf, equal, type Item, typeOf } from "../value.ts";
import type { Condition, Operand, Path } from "./syntax.ts";

/** What `#names` and `:values` stand for. */
export interface Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

/** A path with its `#names` replaced. */
export function resolvePath(path: Path, { names }: Bindings): Path {
  return path.map((step) => {
    if (typeof step === "number" || !step.startsWith("#")) return step;
    const name = names[step];
    if (name === undefined) {
      throw invalid(
        `An expression attribute name used in the document path is not defined; attribute name: ${step}`,
      );
    }
    return name;
  });
}

/** The value at a path; undefined if there is none. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item as Record<string, AttributeValue> };
  for (const step of path) {
    value = typeof step === "number" ? value.L?.[step] : value.M?.[step];
    if (value === undefined) return undefined;
  }
  return value;
}

export function evaluate(
  operand: Operand,
  item: Item,
  bindings: Bindings,
): AttributeValue | undefined {
  switch (operand.kind) {
    case "path":
      return valueAt(item, resolvePath(operand.path, bindings));
    case "value":
      return bound(operand.name, bindings);
    case "sum": {
      const [left, right] = operand.args.map((arg) => need(evaluate(arg, item, bindings)));
      if (left?.N === undefined || right?.N === undefined) {
        throw invalid("An operand in the update expression has an incorrect data type");
      }
      return { N: (operand.sign === "+" ? add : subtract)(left.N, right.N) };
    }
    case "call":
      return evaluateCall(operand, item, bindings);
  }
}

function bound(name: string, { values }: Bindings): AttributeValue {
  const value = values[name];
  if (value === undefined) {
    throw invalid(
      `An expression attribute value used in expression is not defined; attribute value: ${name}`,
    );
  }
  return value;
}

function evaluateCall(
  { name, args }: Extract<Operand, { kind: "call" }>,
  item: Item,
  bindings: Bindings,
): AttributeValue | undefined {
  const [first, second] = args.map((arg) => evaluate(arg, item, bindings));
  switch (name) {
    case "if_not_exists":
      return first ?? second;
    case "list_append":
      if (need(first).L === undefined || need(second).L === undefined) {
        throw invalid("An operand in the update expression has an incorrect data type");
      }
      return { L: [...first!.L!, ...second!.L!] };
    case "size": {
      const length = first && lengthOf(first);
      return length === undefined ? undefined : { N: String(length) };
    }
    default:
      throw invalid(`Invalid function name; function: ${name}`);
  }
}

/** An operand that must exist. */
export function need(value: AttributeValue | undefined): AttributeValue {
  if (value === undefined) {
    throw invalid("The provided expression refers to an attribute that does not exist in the item");
  }
  return value;
}

function lengthOf(value: AttributeValue): number | undefined {
  const content = contentOf(value);
  switch (typeOf(value)) {
    case "M":
      return Object.keys(content).length;
    case "N":
    case "BOOL":
    case "NULL":
      return undefined;
    default:
      return content.length;
  }
}

/** Whether an item meets a condition. An attribute that is absent compares with nothing. */
export function meets(condition: Condition, item: Item, bindings: Bindings): boolean {
  switch (condition.kind) {
    case "and":
      return condition.args.every((arg) => meets(arg, item, bindings));
    case "or":
      return condition.args.some((arg) => meets(arg, item, bindings));
    case "not":
      return !meets(condition.arg, item, bindings);
  }
  const args = condition.args.map((arg) => evaluate(arg, item, bindings));
  switch (condition.kind) {
    case "compare":
      return compares(condition.operator, args[0], args[1]);
    case "between":
      return compares(">=", args[0], args[1]) && compares("<=", args[0], args[2]);
    case "in":
      return args.slice(1).some((option) => compares("=", args[0], option));
    case "call":
      return holds(condition.name, args[0], args[1]);
  }
}

function compares(operator: string, a?: AttributeValue, b?: AttributeValue): boolean {
  if (operator === "<>") return !a || !b || !equal(a, b);
  if (!a || !b) return false;
  if (operator === "=") return equal(a, b);
  const order = compare(a, b);
  if (order === undefined) return false;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function holds(name: string, value?: AttributeValue, argument?: AttributeValue): boolean {
  switch (name) {
    case "attribute_exists":
      return value !== undefined;
    case "attribute_not_exists":
      return value === undefined;
    case "attribute_type":
      return value !== undefined && typeOf(value) === argument?.S;
    case "begins_with":
      return begins(value, argument);
    case "contains":
      return value !== undefined && argument !== undefined && contains(value, argument);
    default:
      throw invalid(`Invalid function name; function: ${name}`);
  }
}

export function begins(value?: AttributeValue, prefix?: AttributeValue): boolean {
  if (value?.S !== undefined && prefix?.S !== undefined) return value.S.startsWith(prefix.S);
  if (value?.B === undefined || prefix?.B === undefined) return false;
  return Buffer.compare(value.B.subarray(0, prefix.B.length), prefix.B) === 0;
}

function contains(value: AttributeValue, part: AttributeValue): boolean {
  const content = contentOf(value);
  const type = typeOf(value);
  if (type === "S" || type === "B") {
    return typeOf(part) === type && Buffer.from(content).includes(contentOf(part));
  }
  if (type === "L") return content.some((one: AttributeValue) => equal(one, part));
  if (type !== `${typeOf(part)}S`) return false;
  return content.some((one: unknown) =>
    equal({ [typeOf(part)]: one } as unknown as AttributeValue, part),
  );
}
