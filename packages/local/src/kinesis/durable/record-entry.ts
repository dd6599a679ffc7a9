/**
 * Records as they are kept in the log, many in a run:
 *
 *     stream's incarnation (8) | shard (4) | index (8) | arrival (8) | length of key (2) | of data (4) | key | data
 */

const fixed = 34;

export interface RecordEntry {
  /** 16 hexadecimal digits. */
  readonly incarnation: string;
  readonly shardIndex: number;
  readonly index: number;
  readonly arrival: number;
  readonly partitionKey: string;
  /** Bytes of the key in UTF-8. */
  readonly keyLength: number;
  readonly data: Uint8Array;
}

export const recordEntryLength = ({ keyLength, data }: RecordEntry) =>
  fixed + keyLength + data.length;

/** Writes the record to `bytes` at `at`, and returns where it ends. */
export function writeRecordEntry(bytes: Buffer, at: number, record: RecordEntry): number {
  bytes.write(record.incarnation, at, "hex");
  bytes.writeUInt32BE(record.shardIndex, at + 8);
  bytes.writeDoubleBE(record.index, at + 12);
  bytes.writeDoubleBE(record.arrival, at + 20);
  bytes.writeUInt16BE(record.keyLength, at + 28);
  bytes.writeUInt32BE(record.data.length, at + 30);
  bytes.write(record.partitionKey, at + fixed, "utf8");
  bytes.set(record.data, at + fixed + record.keyLength);
  return at + fixed + record.keyLength + record.data.length;
}

export function* readRecordEntries(bytes: Buffer): Generator<RecordEntry> {
  for (let at = 0; at < bytes.length; ) {
    const keyLength = bytes.readUInt16BE(at + 28);
    const keyEnd = at + fixed + keyLength;
    const end = keyEnd + bytes.readUInt32BE(at + 30);
    yield {
      incarnation: bytes.toString("hex", at, at + 8),
      shardIndex: bytes.readUInt32BE(at + 8),
      index: bytes.readDoubleBE(at + 12),
      arrival: bytes.readDoubleBE(at + 20),
      partitionKey: bytes.toString("utf8", at + fixed, keyEnd),
      keyLength,
      data: bytes.subarray(keyEnd, end),
    };
    at = end;
  }
}
