import { type AnyOutputs, isList, type Output } from "../record/pipeline.ts";
import { kindOf } from "../values/encode-json.ts";
import { isBytes } from "../values/kinds.ts";
import { mapReady, whenReady } from "../values/ready.ts";
import { asWritten } from "./as-written.ts";
import type { FirehoseRecord } from "./record.ts";

/** How the outputs of a record become its one payload. */
export interface Join {
  readonly encode: (value: any) => unknown;
  /** Whether what it returns as text is JSON, unless the value is text itself. */
  readonly isJson: boolean;
  /** Undefined: a line break after text, nothing after bytes. */
  readonly delimiter: string | undefined;
  /** Whether it stands behind the last output too. */
  readonly trailing: boolean;
}

/** The one payload of a record's outputs. */
export function joinOutputs(
  outputs: AnyOutputs,
  join: Join,
  record: FirehoseRecord,
): Buffer | Promise<Buffer> {
  const written = ({ value }: Output<unknown, unknown>) =>
    whenReady(join.encode(value), (encoded) => {
      const part = checked(encoded);
      const isJson = join.isJson && typeof part === "string" && typeof value !== "string";
      return isJson ? asWritten(part, value, record) : part;
    });
  return isList(outputs)
    ? whenReady(mapReady(outputs, written), (parts) => joinParts(parts, join))
    : whenReady(written(outputs), (part) => joinParts([part], join));
}

function joinParts(parts: readonly (string | Uint8Array)[], join: Join): Buffer {
  const last = parts.length - 1;
  const joined = parts.map((part, place) =>
    place < last || join.trailing ? withDelimiter(part, join) : part,
  );
  if (joined.length === 1) return toBuffer(joined[0]!);
  if (joined.every((part) => typeof part === "string")) return toBuffer(joined.join(""));
  return Buffer.concat(joined.map(toBuffer));
}

function checked(part: unknown): string | Uint8Array {
  if (typeof part === "string" || isBytes(part)) return part;
  throw new TypeError(`encode returned ${kindOf(part)}. It must return text or bytes.`);
}

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
