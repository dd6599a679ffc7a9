/**
 * The lines that `shardmill record` writes, one a record of a stream:
 *
 * ```json
 * {"shardId":"shardId-000000000000","sequenceNumber":"4967…2214","approximateArrivalTimestamp":"2026-01-01T00:00:00.123Z","partitionKey":"SFO","data":"{\"id\":1}"}
 * ```
 *
 * `data` is text; bytes that are no UTF-8 stand in `dataBase64` instead.
 */
import { isUtf8 } from "node:buffer";
import { harmless } from "../terminal/terminal.ts";
import { memberSpan, sourceOf, wholeSpan } from "./json-source.ts";
import { InputError, type InputRecord, type Source } from "./record.ts";

export interface RecordedRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly arrival: number;
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** One line, with its end. */
export function recordedLine(record: RecordedRecord): string {
  const { shardId, sequenceNumber, arrival, partitionKey } = record;
  const data = Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength);
  const line = {
    ...{ shardId, sequenceNumber },
    approximateArrivalTimestamp: new Date(arrival).toISOString(),
    partitionKey,
    ...(isUtf8(data) ? { data: data.toString() } : { dataBase64: data.toString("base64") }),
  };
  // What a terminal would obey is escaped: a recording is something that one looks at.
  return `${harmless(JSON.stringify(line))}\n`;
}

type Fields = Record<string, unknown>;

/** Whether a value is what `recordedLine` writes, and no data of somebody's own. */
export function isRecorded(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { shardId, sequenceNumber, partitionKey, data, dataBase64 } = value as Fields;
  const isText = (field: unknown) => typeof field === "string";
  return (
    isText(shardId) && isText(sequenceNumber) && isText(partitionKey) && isText(data ?? dataBase64)
  );
}

/**
 * The inverse of `recordedLine`: `value` is what `json` says. A line that a person wrote needs no more than its
 * data.
 */
export function recordedRecord(value: unknown, source: Source, json: string): InputRecord {
  const fields = (typeof value === "object" && value !== null ? value : {}) as Fields;
  const arrival = arrivalOf(fields.approximateArrivalTimestamp, source);
  return {
    ...textsOf(fields, source),
    ...(arrival === undefined ? {} : { arrival }),
    ...dataOf(fields, source, json),
    source,
  };
}

const texts = ["partitionKey", "explicitHashKey", "sequenceNumber", "shardId"] as const;

function textsOf(fields: Fields, source: Source): Partial<Record<(typeof texts)[number], string>> {
  const found: Partial<Record<(typeof texts)[number], string>> = {};
  for (const name of texts) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") throw new InputError(`"${name}" is no text.`, source);
    found[name] = value;
  }
  return found;
}

function arrivalOf(written: unknown, source: Source): number | undefined {
  if (written === undefined || written === null) return undefined;
  const time = typeof written === "number" ? written : Date.parse(String(written));
  if (Number.isFinite(time)) return time;
  throw new InputError(
    `"approximateArrivalTimestamp" is neither a time such as 2026-01-01T00:00:00.000Z nor epoch milliseconds.`,
    source,
  );
}

function dataOf(
  { data, dataBase64 }: Fields,
  source: Source,
  json: string,
): Pick<InputRecord, "data" | "value"> {
  if (dataBase64 !== undefined) return { data: base64Data(dataBase64, `"dataBase64"`, source) };
  if (data === undefined) {
    throw new InputError(`this is no record: it has neither "data" nor "dataBase64".`, source);
  }
  if (typeof data === "string") return { data: Buffer.from(data) };
  const written = memberSpan(json, wholeSpan(json), "data")!;
  return { data: Buffer.from(sourceOf(json, written)), value: data };
}

/** Node takes anything for base64. */
export function base64Data(text: unknown, name: string, source: Source): Buffer {
  const isBase64 =
    typeof text === "string" && text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);
  if (!isBase64) throw new InputError(`${name} is no base64.`, source);
  return Buffer.from(text, "base64");
}
