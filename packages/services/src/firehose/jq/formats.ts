/** The formats of texts: @base64, @uri and so on. */
import { described, isTrue, JqError, type Json, kindOf, toStringValue, toText } from "./value.ts";

export const formats: Readonly<Record<string, (value: Json) => string>> = {
  text: toStringValue,
  json: toText,
  csv: (value) => row(value, "csv", ",", (text) => `"${text.replaceAll('"', '""')}"`),
  tsv: (value) => row(value, "tsv", "\t", (text) => text.replace(/[\\\t\n\r]/g, (c) => inTsv[c]!)),
  html: (value) => toStringValue(value).replace(/[<>&'"]/g, (c) => inHtml[c]!),
  uri: (value) => Buffer.from(toStringValue(value)).reduce((uri, byte) => uri + inUri(byte), ""),
  sh: (value) => (Array.isArray(value) ? value : [value]).map(inShell).join(" "),
  base64: (value) => Buffer.from(toStringValue(value)).toString("base64"),
  base64d: (value) => Buffer.from(toStringValue(value), "base64").toString(),
};

const inTsv: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};
const inHtml: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "'": "&#39;",
  '"': "&quot;",
};

function inUri(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9\-_.~]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

function inShell(value: Json): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "'\\''")}'`;
  if (typeof value === "object" && value !== null) {
    throw new JqError(`${described(value)} can not be escaped for shell`);
  }
  return toText(value);
}

function row(
  value: Json,
  format: string,
  separator: string,
  quote: (text: string) => string,
): string {
  if (!Array.isArray(value)) {
    throw new JqError(`${described(value)} cannot be ${format}-formatted, only an array can be`);
  }
  const cell = (item: Json) => {
    if (item === null) return "";
    if (typeof item === "string") return quote(item);
    if (typeof item === "boolean") return String(isTrue(item));
    if (typeof item === "number") return toText(item);
    throw new JqError(`${kindOf(item)} (${toText(item)}) is not valid in a csv row`);
  };
  return value.map(cell).join(separator);
}
