/** Records of a shard where its log holds them. */
import type { Visit } from "./log-chunk.ts";
import { putSeconds, type ShardState, sequenceNumberOf } from "./shard.ts";
import type { LogRun } from "./shard-log.ts";
import type { GetRecordsResult, Kinesis, KinesisRecord } from "./types.ts";

/** Records where their shard holds them, for whoever writes them down and needs no object of each. */
export interface HeldRecords {
  readonly length: number;
  /** Of keys and data. */
  readonly bytes: number;
  readonly keyBytes: number;
  copy(): KinesisRecord[];
  /** Shows each of them, in their order, as the digits of its sequence number, which the next one overwrites. */
  visit(visit: Visit<Uint8Array>): void;
}

/** What GetRecords answers, with the records where their shard holds them. */
export interface HeldPage extends Omit<GetRecordsResult, "records"> {
  readonly records: HeldRecords;
}

/** `getRecords`, and the same for the server; whoever wraps it and has no `held` is asked himself. */
export type ReadsHeld = Kinesis["getRecords"] & {
  readonly held?: (...input: Parameters<Kinesis["getRecords"]>) => HeldPage;
};

export function heldRecords(shard: ShardState, run: LogRun): HeldRecords {
  return {
    length: run.count,
    bytes: run.bytes,
    get keyBytes() {
      return run.keyBytes;
    },
    copy: () =>
      run.copy().map(({ index, partitionKey, data, arrival }) => ({
        sequenceNumber: sequenceNumberOf(shard, index, arrival),
        partitionKey,
        data,
        approximateArrivalTimestamp: arrival,
      })),
    visit(visit) {
      const { sequenceDigits } = shard;
      run.visit((index, arrival, bytes, keyStart, dataStart, dataEnd) => {
        sequenceDigits.write(index, putSeconds(shard, arrival));
        visit(sequenceDigits.bytes, arrival, bytes, keyStart, dataStart, dataEnd);
      });
    },
  };
}
