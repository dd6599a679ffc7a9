/** JSON whose numbers remember how they were written: in a filter, 300 does not equal 300.0. */

/** A number that is not written as JavaScript would write it. */
export class WrittenNumber {
  readonly value: number;
  readonly source: string;

  constructor(value: number, source: string) {
    this.value = value;
    this.source = source;
  }
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

const keepWriting: Reviver = (_key, value, context) => {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return new WrittenNumber(value, source);
};

/** Only a text with one of these can hold a number of another spelling. */
const unusual = /\.\d*0(?!\d)|\d[eE]|-0|\d{16}/;

/** As JSON.parse: of equal keys the last one counts, and what is no JSON throws. */
export function parseJson(text: string): unknown {
  return unusual.test(text) ? JSON.parse(text, keepWriting as never) : JSON.parse(text);
}

export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return value instanceof WrittenNumber ? value.value : undefined;
}

/** What exact matching compares: type and spelling. Undefined for objects and lists. */
export function literalOf(value: unknown): string | undefined {
  if (typeof value === "string") return `"${value}`;
  if (value instanceof WrittenNumber) return value.source;
  if (value === null || typeof value === "number" || typeof value === "boolean")
    return String(value);
  return undefined;
}
