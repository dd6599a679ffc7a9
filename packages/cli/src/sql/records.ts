/** The records of a file, each with when it comes. */
import { openInput, readInput } from "../input/index.ts";
import type { SqlSettings } from "./settings.ts";

export interface TimedRecord {
  /** What its JSON says, or its text. */
  readonly value: unknown;
  readonly arrival: number;
  readonly partitionKey: string | undefined;
  readonly sequenceNumber: string | undefined;
  readonly shardId: string | undefined;
}

type Reading = Pick<SqlSettings, "encoding" | "format" | "each" | "start" | "time">;

export async function recordsOf(
  file: string,
  { start, time, ...options }: Reading,
  stdin?: AsyncIterable<Uint8Array | string>,
): Promise<TimedRecord[]> {
  const records: TimedRecord[] = [];
  for await (const record of readInput(await openInput(file, stdin), options)) {
    const { arrival, data, partitionKey, sequenceNumber, shardId, source } = record;
    const value = record.value === undefined ? textOrJson(data) : record.value;
    records.push({
      ...{ value, partitionKey, sequenceNumber, shardId },
      arrival:
        time === undefined
          ? (arrival ?? start + records.length * 1000)
          : timeOf(value, time, `${source.file}:${source.line}`),
    });
  }
  if (records.length === 0) throw new Error(`${file} has no records.`);
  return records;
}

function textOrJson(data: Uint8Array): unknown {
  const text = Buffer.from(data).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function timeOf(value: unknown, name: string, where: string): number {
  let found = value;
  for (const key of name.split("."))
    found = (found as Record<string, unknown> | null | undefined)?.[key];
  const ms =
    typeof found === "string"
      ? Date.parse(isZoned.test(found) ? found : `${found.trim().replace(" ", "T")}Z`)
      : found;
  if (typeof ms === "number" && Number.isFinite(ms)) return ms;
  throw new Error(
    `${where}: the record has no time in ${name}: it must be ISO 8601 or epoch milliseconds.`,
  );
}

/** A time without a zone is UTC. */
const isZoned = /(?:Z|[+-]\d\d:?\d\d)\s*$|^[^:]*$/;
