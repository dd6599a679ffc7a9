/** What an expression may consist of, and how it is read from its words. */
import { type Words, words } from "./lexer.ts";

/** Steps into an item: an attribute's name (or `#name`), or a position in a list. */
export type Path = readonly (string | number)[];

export type Operand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Operand[] }
  | { readonly kind: "sum"; readonly sign: "+" | "-"; readonly args: readonly [Operand, Operand] };

export type Condition =
  | { readonly kind: "and" | "or"; readonly args: readonly [Condition, Condition] }
  | { readonly kind: "not"; readonly arg: Condition }
  | { readonly kind: "compare"; readonly operator: string; readonly args: readonly Operand[] }
  | { readonly kind: "between"; readonly args: readonly Operand[] }
  | { readonly kind: "in"; readonly args: readonly Operand[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Operand[] };

export interface UpdateClause {
  readonly action: "SET" | "REMOVE" | "ADD" | "DELETE";
  readonly path: Path;
  /** Absent for REMOVE. */
  readonly operand?: Operand;
}

/** An expression as it was parsed, with the `#names` and `:values` that it uses. */
export interface Parsed<T> {
  readonly syntax: T;
  readonly used: ReadonlySet<string>;
}

export const parseCondition = parser(readOr);
export const parseUpdate = parser(readUpdate);
export const parseProjection = parser((from) => readList(from, readPath));

/** Parses each expression once: a program has few, and uses them often. */
function parser<T>(read: (from: Words) => T): (expression: string) => Parsed<T> {
  const known = new Map<string, Parsed<T>>();
  return (expression) => {
    let parsed = known.get(expression);
    if (!parsed) {
      const from = words(expression);
      const syntax = read(from);
      if (from.peek() !== "") throw from.wrong();
      parsed = { syntax, used: new Set(expression.match(/[#:][A-Za-z0-9_]+/g)) };
      known.set(expression, parsed);
    }
    return parsed;
  };
}

function readOr(from: Words): Condition {
  let left = readAnd(from);
  while (from.accept("OR")) left = { kind: "or", args: [left, readAnd(from)] };
  return left;
}

function readAnd(from: Words): Condition {
  let left = readNot(from);
  while (from.accept("AND")) left = { kind: "and", args: [left, readNot(from)] };
  return left;
}

function readNot(from: Words): Condition {
  if (from.accept("NOT")) return { kind: "not", arg: readNot(from) };
  if (from.accept("(")) {
    const inner = readOr(from);
    from.expect(")");
    return inner;
  }
  return readTest(from);
}

function readTest(from: Words): Condition {
  const left = readOperand(from);
  const operator = from.peek();
  if (["=", "<>", "<", "<=", ">", ">="].includes(operator)) {
    from.take();
    return { kind: "compare", operator, args: [left, readOperand(from)] };
  }
  if (from.accept("BETWEEN")) {
    const low = readOperand(from);
    from.expect("AND");
    return { kind: "between", args: [left, low, readOperand(from)] };
  }
  if (from.accept("IN")) {
    from.expect("(");
    const options = readList(from, readOperand);
    from.expect(")");
    return { kind: "in", args: [left, ...options] };
  }
  if (left.kind === "call") return left;
  throw from.wrong();
}

function readOperand(from: Words): Operand {
  const next = from.peek();
  if (next.startsWith(":")) return { kind: "value", name: from.take() };
  const path = readPath(from);
  const [name] = path;
  if (path.length > 1 || typeof name !== "string" || name.startsWith("#") || !from.accept("(")) {
    return { kind: "path", path };
  }
  const args = readList(from, readOperand);
  from.expect(")");
  return { kind: "call", name, args };
}

function readPath(from: Words): Path {
  const path: (string | number)[] = [readName(from)];
  for (;;) {
    if (from.accept(".")) path.push(readName(from));
    else if (from.accept("[")) {
      if (!/^\d+$/.test(from.peek())) throw from.wrong();
      path.push(Number(from.take()));
      from.expect("]");
    } else return path;
  }
}

function readName(from: Words): string {
  if (!/^#?\w+$/.test(from.peek()) || /^\d/.test(from.peek())) throw from.wrong();
  return from.take();
}

function readList<T>(from: Words, read: (from: Words) => T): T[] {
  const list = [read(from)];
  while (from.accept(",")) list.push(read(from));
  return list;
}

function readUpdate(from: Words): UpdateClause[] {
  const clauses: UpdateClause[] = [];
  while (from.peek() !== "") {
    const action = from.take().toUpperCase();
    if (action === "SET") clauses.push(...readList(from, readSet));
    else if (action === "REMOVE") {
      clauses.push(
        ...readList(from, (from) => ({ action: "REMOVE" as const, path: readPath(from) })),
      );
    } else if (action === "ADD" || action === "DELETE") {
      clauses.push(
        ...readList(
          from,
          (from) => ({ action, path: readPath(from), operand: readOperand(from) }) as const,
        ),
      );
    } else throw from.wrong();
  }
  if (clauses.length === 0) throw from.wrong();
  return clauses;
}

function readSet(from: Words): UpdateClause {
  const path = readPath(from);
  from.expect("=");
  const left = readOperand(from);
  for (const sign of ["+", "-"] as const) {
    if (from.accept(sign)) {
      return {
        action: "SET",
        path,
        operand: { kind: "sum", sign, args: [left, readOperand(from)] },
      };
    }
  }
  return { action: "SET", path, operand: left };
}
