import { type AnyOutputs, isList } from "../record/pipeline.ts";
import { kindOf } from "./encode.ts";

/** How the outputs of a record become its one payload. */
export interface Join {
  readonly encode: (value: any) => unknown;
  /** Undefined: a line break after text, nothing after bytes. */
  readonly delimiter: string | undefined;
  /** Whether it stands behind the last output too. */
  readonly trailing: boolean;
}

/** The one payload of a record's outputs. */
export function joinOutputs(outputs: AnyOutputs, join: Join): Buffer {
  if (!isList(outputs)) return toBuffer(ended(encoded(outputs.value, join), join));
  const last = outputs.length - 1;
  const parts = outputs.map(({ value }, place) => {
    const part = encoded(value, join);
    return place < last || join.trailing ? withDelimiter(part, join) : part;
  });
  if (parts.every((part) => typeof part === "string")) return toBuffer(parts.join(""));
  return Buffer.concat(parts.map(toBuffer));
}

function encoded(value: unknown, { encode }: Join): string | Uint8Array {
  const part = encode(value);
  if (typeof part === "string" || part instanceof Uint8Array) return part;
  throw new TypeError(`encode returned ${kindOf(part)}. It must return text or bytes.`);
}

const ended = (part: string | Uint8Array, join: Join) =>
  join.trailing ? withDelimiter(part, join) : part;

/** What ends with the delimiter by itself gets no second one. */
function withDelimiter(part: string | Uint8Array, { delimiter }: Join): string | Uint8Array {
  if (typeof part === "string") {
    const end = delimiter ?? "\n";
    return part.endsWith(end) ? part : part + end;
  }
  if (!delimiter) return part;
  const end = Buffer.from(delimiter);
  return end.equals(part.subarray(-end.length)) ? part : Buffer.concat([part, end]);
}

/** A surrogate without its other half has no UTF-8, and would be delivered as something else. */
function toBuffer(part: string | Uint8Array): Buffer {
  if (typeof part !== "string") return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  if (part.isWellFormed()) return Buffer.from(part);
  throw new TypeError("The output is text with half a surrogate pair, which has no UTF-8.");
}
