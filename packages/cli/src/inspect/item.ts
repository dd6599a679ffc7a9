/** Items of DynamoDB, in its own JSON or plain. */
import { type Fields, fromBase64, isObject } from "./finding.ts";

const types = new Set(["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"]);

/** `{ "pk": { "S": "a" } }` as `{ "pk": "a" }`; what is plain already stays as it is. */
export function plainItem(item: Fields): Fields {
  const values = Object.values(item);
  if (values.length === 0 || !values.every(isTyped)) return item;
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

const isTyped = (value: unknown): value is Fields => {
  if (!isObject(value)) return false;
  const [type = "", ...more] = Object.keys(value);
  return more.length === 0 && types.has(type);
};

function plainValue(value: unknown): unknown {
  if (!isTyped(value)) return value;
  const [[type, inner] = []] = Object.entries(value);
  switch (type) {
    case "N":
      return Number(inner);
    case "NULL":
      return null;
    case "M":
      return isObject(inner)
        ? Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, plainValue(one)]))
        : inner;
    case "L":
      return Array.isArray(inner) ? inner.map(plainValue) : inner;
    case "NS":
      return Array.isArray(inner) ? inner.map(Number) : inner;
    default:
      return inner;
  }
}

/** Bytes as JSON has them: base64, or what JSON.stringify makes of a Buffer or a Uint8Array. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value === "string") return fromBase64(value);
  if (!isObject(value)) return undefined;
  const list = Array.isArray(value.data) ? value.data : Object.values(value);
  return list.every((byte) => Number.isInteger(byte)) ? Uint8Array.from(list) : undefined;
}
