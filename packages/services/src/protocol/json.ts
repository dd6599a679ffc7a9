/** JSON 1.1 of AWS: how a request is read and an answer is written. */
import { parseJson } from "../http/json.ts";
import { cannotBe, type ValueReaders } from "./read-input.ts";
import { serialization } from "./refusal.ts";

/** An answer: blobs are bytes, timestamps are Dates; undefined members are left out. */
export type Output = Readonly<Record<string, unknown>>;

export interface Protocol {
  readonly contentType: string;
  /** Throws SerializationException. */
  parse(body: Buffer): unknown;
  readonly readers: ValueReaders;
  /** Writes bytes and Dates in the protocol's way; leaves out members that are undefined. */
  write(output: Output): Buffer | string;
}

export const json = {
  contentType: "application/x-amz-json-1.1",
  parse: (body: Buffer) => parsed(() => parseJson(body)),
  readers: { blob: fromBase64, timestamp: (seconds: number) => Math.round(seconds * 1000) },
  write: (output: Output) => JSON.stringify(written(output, toBase64, inSeconds)),
} as const satisfies Protocol;

/** Throws a SerializationException for what cannot be parsed. */
export function parsed(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    // What is wrong with the text says nothing about what it should have said.
    throw serialization();
  }
}

const inSeconds = (time: number) => time / 1000;
export const toBase64 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");

/** An output with its bytes and its times as a protocol writes them. */
export function written(
  value: unknown,
  blob: (bytes: Uint8Array) => unknown,
  time: (ms: number) => number,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => written(item, blob, time));
  if (value instanceof Uint8Array) return blob(value);
  if (value instanceof Date) return time(value.getTime());
  if (isAsWritten(value)) return value;
  const members: Record<string, unknown> = {};
  for (const name in value) {
    const member = (value as Output)[name];
    if (member !== undefined) members[name] = written(member, blob, time);
  }
  return members;
}

/** Whether no member has to be left out, or may have to be written in another way: so are the entries of long lists. */
function isAsWritten(value: object): boolean {
  for (const name in value) {
    const member = (value as Output)[name];
    if (member === undefined || typeof member === "object") return false;
  }
  return true;
}

function fromBase64(value: unknown): Uint8Array {
  if (typeof value !== "string") throw cannotBe(value, "a Blob");
  const refuse = (why: string) =>
    serialization(`'${value}' can not be converted to a Blob: ${why}`);
  if (value.length % 4 !== 0) {
    throw refuse(
      `Base64 encoded length is expected a multiple of 4 bytes but found: ${value.length}`,
    );
  }
  const bytes = Buffer.from(value, "base64");
  if (bytes.toString("base64") === value) return bytes;
  const invalid = /[^a-zA-Z0-9+/=]|=[^=]/.exec(value)?.[0][0];
  throw refuse(
    invalid === undefined
      ? "Invalid last non-pad Base64 character dectected"
      : `Invalid Base64 character: '${invalid}'`,
  );
}
