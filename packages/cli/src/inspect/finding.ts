/** Something that was recognised. */
import type { Section } from "./section.ts";

export interface Finding {
  /** For programs: `event`, `sequenceNumber`… */
  readonly kind: string;
  /** For programs: what it says, as JSON. */
  readonly report: Readonly<Record<string, unknown>>;
  /** For a person. */
  readonly section: Section;
  /** What is wrong with it. */
  readonly problems: readonly Problem[];
}

export interface Problem {
  /** Where in the JSON: `["Records", 3, "kinesis", "data"]`. */
  readonly path: Path;
  readonly what: string;
}

export type Path = readonly (string | number)[];

/** One way to read a JSON value. */
export interface Kind {
  /** `an event of a Kinesis stream` */
  readonly name: string;
  /** What the value lacks. Undefined: it is of this kind. */
  lacks(value: Fields): string | undefined;
  read(value: Fields, path: Path): Finding;
}

export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `Records[3].kinesis` */
export const pathText = (path: Path) =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");

/** A member that is text, and no empty one. */
export const textOf = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

export const numberOf = (fields: Fields, name: string): number | undefined => {
  const value = fields[name];
  return typeof value === "number" ? value : undefined;
};

/** Strict: Node takes anything for base64. */
export function fromBase64(text: unknown): Buffer | undefined {
  if (typeof text !== "string" || text.length % 4 !== 0) return undefined;
  return /^[A-Za-z\d+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}
