/** What is printed for a person: labels and values, texts in full, and sections below. */
import { oneLine } from "../terminal/terminal.ts";

export interface Section {
  readonly title: string;
  /** A value that is undefined is left out. */
  readonly fields: readonly (readonly [label: string, value: string | number | undefined])[];
  /** Lines that stand below the fields as they are. */
  readonly text?: string | undefined;
  readonly sections?: readonly Section[];
}

/**
 * Fields stand in columns, and what belongs to a section is indented:
 *
 *     record 0
 *       partition key  SFO
 *       data           12 bytes of JSON
 *         {"id":"f-1"}
 */
export const printSection = (section: Section): string => printInner(section, "");

function printInner({ title, fields, text, sections = [] }: Section, indent: string): string {
  const inner = `${indent}  `;
  const shown = fields.filter(([, value]) => value !== undefined && value !== "");
  const width = Math.max(0, ...shown.map(([label]) => label.length)) + 2;
  const rows = shown.map(([label, value]) => {
    const [first, ...more] = String(value).split("\n");
    const rest = more.map((line) => `${inner}${"".padEnd(width)}${line}\n`);
    return `${inner}${label.padEnd(width)}${first}\n${rest.join("")}`;
  });
  const lines = text === undefined ? [] : text.split("\n").map((line) => `${inner}  ${line}\n`);
  const below = sections.map((section) => printInner(section, inner));
  return [`${indent}${oneLine(title)}\n`, ...rows, ...lines, ...below].join("");
}

/** Milliseconds since the epoch as ISO 8601; undefined for what is no time. */
export function isoTime(ms: unknown): string | undefined {
  const time = typeof ms === "number" ? new Date(ms) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time.toISOString() : undefined;
}

/** `1 record`, `2 records`. */
export const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
