/** Attribute values as DynamoDB sees them: type, equality, order, size. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { compareDecimals, normalize } from "./decimal.ts";

export type Item = Readonly<Record<string, AttributeValue>>;
export type Type = "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M";

export function typeOf(value: AttributeValue): Type {
  for (const type in value) return type as Type;
  throw new TypeError("a value without a type");
}

/** What is inside a value. */
export function contentOf(value: AttributeValue): any {
  return (value as unknown as Record<string, unknown>)[typeOf(value)];
}

/** The value with its numbers in their one text, and nothing shared with the caller's. */
export function canonical(value: AttributeValue): AttributeValue {
  const content = contentOf(value);
  switch (typeOf(value)) {
    case "N":
      return { N: normalize(content) };
    case "NS":
      return { NS: content.map(normalize) };
    case "B":
      return { B: Uint8Array.from(content) };
    case "L":
      return { L: content.map(canonical) };
    case "M":
      return { M: canonicalItem(content) };
    default:
      return { ...value };
  }
}

export function canonicalItem(item: Item): Record<string, AttributeValue> {
  // The spread makes even `__proto__` a property like others.
  const copy = { ...item };
  for (const name of Object.keys(copy)) copy[name] = canonical(copy[name]!);
  return copy;
}

/** One text for equal values. */
export function identity(value: AttributeValue): string {
  const content = contentOf(value);
  const type = typeOf(value);
  switch (type) {
    case "N":
      return `N:${normalize(content)}`;
    case "B":
      return `B:${Buffer.from(content).toString("base64")}`;
    case "SS":
    case "NS":
    case "BS":
      return `${type}:[${content.map((one: unknown) => identity({ [type[0]!]: one } as unknown as AttributeValue)).sort()}]`;
    case "L":
      return `L:[${content.map(identity)}]`;
    case "M": {
      const names = Object.keys(content).sort();
      return `M:{${names.map((name) => `${JSON.stringify(name)}${identity(content[name])}`)}}`;
    }
    default:
      return `${type}:${JSON.stringify(content)}`;
  }
}

export function equal(a: AttributeValue, b: AttributeValue): boolean {
  return typeOf(a) === typeOf(b) && identity(a) === identity(b);
}

/** The order of two strings, numbers or binaries; undefined for what has no order. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (typeOf(a) !== typeOf(b)) return undefined;
  switch (typeOf(a)) {
    case "S":
      return compareStrings(contentOf(a), contentOf(b));
    case "N":
      return compareDecimals(contentOf(a), contentOf(b));
    case "B":
      return Buffer.compare(contentOf(a), contentOf(b));
    default:
      return undefined;
  }
}

/** By their UTF-8 bytes. JavaScript's own order is the same as long as no surrogate is involved. */
function compareStrings(a: string, b: string): number {
  if (/[\ud800-\udfff]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of items, which never change once they are made. */
const sizes = new WeakMap<Item, number>();

/** Bytes as DynamoDB bills them: names and values, and a little for each level of nesting. */
export function sizeOf(item: Item): number {
  const known = sizes.get(item);
  if (known !== undefined) return known;
  let bytes = 0;
  for (const name of Object.keys(item)) bytes += Buffer.byteLength(name) + valueSize(item[name]!);
  sizes.set(item, bytes);
  return bytes;
}

/** The same of one value. */
export function valueSize(value: AttributeValue): number {
  const content = contentOf(value);
  switch (typeOf(value)) {
    case "S":
      return Buffer.byteLength(content);
    case "N":
      return numberSize(content);
    case "B":
      return content.length;
    case "SS":
      return sum(content.map((one: string) => Buffer.byteLength(one)));
    case "NS":
      return sum(content.map(numberSize));
    case "BS":
      return sum(content.map((one: Uint8Array) => one.length));
    case "L":
      return 3 + sum(content.map((one: AttributeValue) => 1 + valueSize(one)));
    case "M":
      return 3 + Object.keys(content).length + sizeOf(content);
    default:
      return 1;
  }
}

/** About a byte for two digits, and one more. */
function numberSize(text: string): number {
  const plain = normalize(text);
  if (plain === "0") return 1;
  const [whole = "", fraction = ""] = plain.replace("-", "").split(".");
  const significant = (whole + fraction).replace(/^0+|0+$/g, "");
  const exponent = whole === "0" ? -fraction.search(/[1-9]/) - 1 : whole.length - 1;
  const odd = significant.length % 2 || exponent % 2 ? 0 : 1;
  return 1 + Math.ceil(significant.length / 2) + odd + (plain.startsWith("-") ? 1 : 0);
}

const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
