/** What a value is, whichever realm it comes from: jest and `node:vm` have globals of their own, to which `instanceof` says no. */

export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array";

/** Such as "[object Promise]". */
export const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/** Whether it bears a brand: what `instanceof` says no to where two copies of shardmill are in one program. */
export const isBranded = (value: unknown, brand: symbol): boolean =>
  typeof value === "object" && value !== null && brand in value;

export const isDate = (value: unknown): value is Date => tagOf(value) === "[object Date]";

export const isError = (value: unknown): value is Error =>
  value instanceof Error || /^\[object (Error|DOMException)\]$/.test(tagOf(value));

/** One that does something when it is called: of a generator function nothing has run by then, and it would count as done. */
export const isFunction = (value: unknown): boolean =>
  typeof value === "function" && !tagOf(value).includes("Generator");
