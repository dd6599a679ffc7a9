/** Constraints that a value breaks, in the words of the service. */
import { constraintMessage, validationText } from "./constraint.ts";
import { RequestRefusal } from "./refusal.ts";
import type { Shape } from "./shape.ts";

/**
 * Where in a request something is: the name of a member, the number of a list's, the key of a map's. It is told as text, as in
 * `records.3.member.data`, only where something is wrong.
 */
export type Path = (string | number | readonly [string])[];

/** Collects what is wrong with a request; the service stops counting at ten. */
export interface Violations {
  check(path: Path, shape: Shape, value: unknown): void;
  missing(path: Path): void;
  /** Throws a ValidationException when there was any. */
  refuse(): void;
}

const most = 10;

export function violations(): Violations {
  const found: string[] = [];
  const add = (path: Path, shown: string | undefined, constraint: string) => {
    if (found.length < most) found.push(constraintMessage(textOf(path), shown, constraint));
  };
  return {
    missing: (path) => add(path, "null", "Member must not be null"),
    check(path, shape, value) {
      for (const constraint of broken(shape, value)) add(path, show(shape, value), constraint);
    },
    refuse() {
      if (found.length > 0) {
        throw new RequestRefusal("ValidationException", validationText(found));
      }
    },
  };
}

const textOf = (path: Path) => path.map(inText).join(".");

/** "StreamName" is called "streamName" where something is wrong with it. */
function inText(part: Path[number]): string {
  if (typeof part === "number") return `${part}.member`;
  return typeof part === "string" ? part[0]!.toLowerCase() + part.slice(1) : `${part[0]}.member`;
}

const none: readonly string[] = [];

function broken(shape: Shape, value: unknown): readonly string[] {
  switch (shape.type) {
    case "string":
      return brokenString(shape, value as string);
    case "integer":
      return outside("value", value as number, shape);
    case "blob":
      return outside("length", (value as Uint8Array).length, shape);
    case "list": {
      const items = value as readonly unknown[];
      return [
        ...brokenMembers("Member", shape.member, items),
        ...outside("length", items.length, shape),
      ];
    }
    case "map": {
      const entries = value as ReadonlyMap<string, unknown>;
      return [
        ...brokenMembers("Map keys", shape.key, [...entries.keys()]),
        ...brokenMembers("Map value", shape.value, [...entries.values()]),
        ...outside("length", entries.size, shape),
      ];
    }
    default:
      return none;
  }
}

function brokenString(shape: Extract<Shape, { type: "string" }>, value: string): readonly string[] {
  const { pattern, values, min = 0, max = Number.POSITIVE_INFINITY } = shape;
  // Nothing more is asked of most strings.
  if (!values && pattern === undefined && value.length >= min && value.length <= max) return none;
  const rules: string[] = [];
  // Patterns of the service go back and forth in what they are given, so they get no more than could be right.
  const isFarTooLong = value.length > 2 * max;
  if (values && !values.includes(value)) {
    rules.push(`Member must satisfy enum value set: [${values.join(", ")}]`);
  }
  if (pattern !== undefined && !isFarTooLong && !wholly(pattern).test(value)) {
    rules.push(`Member must satisfy regular expression pattern: ${pattern}`);
  }
  if (value.length < min || value.length > max) {
    // Characters are code points; they are counted only where that can matter.
    const length = isFarTooLong ? value.length : [...value].length;
    rules.push(...outside("length", length, shape));
  }
  return rules;
}

/** The members of a list or a map are complained of together, where they are simple strings. */
function brokenMembers(what: string, shape: Shape, members: readonly unknown[]): readonly string[] {
  if (shape.type !== "string") return none;
  const isBroken = (member: unknown) =>
    typeof member === "string" && brokenString(shape, member).length > 0;
  if (!members.some(isBroken)) return none;
  const rules = shape.values
    ? [`Member must satisfy enum value set: [${shape.values.join(", ")}]`]
    : [
        `Member must have length less than or equal to ${shape.max}`,
        `Member must have length greater than or equal to ${shape.min}`,
      ];
  return [`${what} must satisfy constraint: [${rules.join(", ")}]`];
}

function outside(
  what: "length" | "value",
  actual: number,
  { min, max }: { readonly min?: number; readonly max?: number },
): readonly string[] {
  if (min !== undefined && actual < min) {
    return [`Member must have ${what} greater than or equal to ${min}`];
  }
  if (max !== undefined && actual > max) {
    return [`Member must have ${what} less than or equal to ${max}`];
  }
  return none;
}

const patterns = new Map<string, RegExp>();

function wholly(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    compiled = new RegExp(`^(?:${pattern})$`);
    patterns.set(pattern, compiled);
  }
  return compiled;
}

/** Undefined for what is not repeated: data, and lists of structures that hold it. */
function show(shape: Shape, value: unknown): string | undefined {
  switch (shape.type) {
    case "blob":
      return undefined;
    case "list": {
      const items = value as readonly unknown[];
      if (shape.member.type === "structure" && items.length > 0) return undefined;
      return `'[${items.join(", ")}]'`;
    }
    case "map":
      return `'{${[...(value as ReadonlyMap<string, string>)].map((entry) => entry.join("=")).join(", ")}}'`;
    default:
      return `'${value}'`;
  }
}
