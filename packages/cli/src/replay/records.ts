/** The records that a replay puts: those of its files, each with a partition key. */
import type { ReplayRecord } from "@shardmill/local/rig";
import { explicitHashKeyOf } from "../aws/aggregate-hash-key.ts";
import { InputError, type InputRecord, openInput, readInput } from "../input/index.ts";
import { fieldOf } from "../input/partition-key.ts";
import type { ReplaySettings } from "./settings.ts";

export interface ReadRecords {
  readonly records: readonly ReplayRecord[];
  /** The names of the streams that they say they are from. */
  readonly streams: ReadonlySet<string>;
}

/**
 * All files are read before anything is delivered. `logsAsText`: lines of logs stay lines. `onBadLine` hears
 * of what is left out. Rejects with file and line of what is wrong.
 */
export async function readRecords(
  { files, format, encoding, each, key, speed }: ReplaySettings,
  stdin: AsyncIterable<Uint8Array | string>,
  logsAsText: boolean,
  onBadLine?: (error: InputError) => void,
): Promise<ReadRecords> {
  const records: ReplayRecord[] = [];
  const streams = new Set<string>();
  for (const file of files) {
    const how = { format, encoding, each, logsAsText, onBadLine };
    for await (const record of readInput(await openInput(file, stdin), how)) {
      try {
        records.push(toReplay(record, key, speed, records.length));
      } catch (error) {
        if (!onBadLine || !(error instanceof InputError)) throw error;
        onBadLine(error);
        continue;
      }
      const stream = record.streamArn?.split("/")[1];
      if (stream !== undefined) streams.add(stream);
    }
  }
  return { records, streams };
}

/** Throws InputError. */
function toReplay(
  record: InputRecord,
  key: string | undefined,
  speed: number,
  at: number,
): ReplayRecord {
  if (speed !== Number.POSITIVE_INFINITY && record.arrival === undefined) {
    throw new InputError("--speed needs arrival times, and this record has none.", record.source);
  }
  return {
    data: record.data,
    partitionKey: record.partitionKey ?? keyOf(record, key, at),
    explicitHashKey: explicitHashKeyOf(record),
    arrivedAt: record.arrival,
  };
}

function keyOf(record: InputRecord, path: string | undefined, at: number): string {
  if (path === undefined) return String(at);
  const found = fieldOf(record, path);
  if (typeof found === "string" && found !== "") return found;
  if (typeof found === "boolean") return String(found);
  throw new InputError(`--key: this record has no ${path} that could be a key.`, record.source);
}
