/** Streams that take many records in a call, and answer for each of them. The client is loaded when it is needed. */
import type { CommandSender } from "./command-sender.ts";

/** What a stream is given. A delivery stream knows no keys. */
export interface StreamEntry {
  readonly data: Uint8Array;
  readonly partitionKey: string;
  readonly explicitHashKey?: string | undefined;
}

/** What a stream takes at once, and how it is put there. */
export interface StreamTarget {
  readonly maxEntries: number;
  readonly maxRecordBytes: number;
  readonly maxBytes: number;
  readonly bytesOf: (entry: StreamEntry) => number;
  /** What went wrong with each entry, in their order; undefined for those that are in. */
  readonly put: (
    entries: readonly StreamEntry[],
    abortSignal?: AbortSignal,
  ) => Promise<readonly (Error | undefined)[]>;
}

const kibibyte = 1024;

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
export function deliveryStream(
  DeliveryStreamName: string,
  given: CommandSender | undefined,
): StreamTarget {
  let client = given;
  return {
    maxEntries: 500,
    maxRecordBytes: 1000 * kibibyte,
    maxBytes: 4 * kibibyte * kibibyte,
    bytesOf: ({ data }) => data.length,
    async put(entries, abortSignal) {
      const { FirehoseClient, PutRecordBatchCommand } = await import("@aws-sdk/client-firehose");
      client ??= new FirehoseClient({});
      const Records = entries.map(({ data }) => ({ Data: data }));
      const command = new PutRecordBatchCommand({ DeliveryStreamName, Records });
      const answer = await client.send(command, abortSignal && { abortSignal });
      return errorsIn(answer.FailedPutCount, answer.RequestResponses, entries.length);
    },
  };
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html; `stream` says which. */
export function dataStream(
  stream: { readonly StreamARN: string } | { readonly StreamName: string },
  given: CommandSender | undefined,
): StreamTarget {
  let client = given;
  return {
    maxEntries: 500,
    // A stream's own MaxRecordSize may be more, up to 10 MiB; that is not asked for.
    maxRecordBytes: kibibyte * kibibyte,
    maxBytes: 5 * kibibyte * kibibyte,
    bytesOf: ({ data, partitionKey }) => data.length + Buffer.byteLength(partitionKey),
    async put(entries, abortSignal) {
      const { KinesisClient, PutRecordsCommand } = await import("@aws-sdk/client-kinesis");
      client ??= new KinesisClient({});
      const Records = entries.map(({ data, explicitHashKey, partitionKey }) => ({
        Data: data,
        PartitionKey: partitionKey,
        ...(explicitHashKey !== undefined && { ExplicitHashKey: explicitHashKey }),
      }));
      const command = new PutRecordsCommand({ ...stream, Records });
      const answer = await client.send(command, abortSignal && { abortSignal });
      return errorsIn(answer.FailedRecordCount, answer.Records, entries.length);
    },
  };
}

interface EntryAnswer {
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

/** A call that succeeded may have failed for some entries; each has its answer at its own index. */
function errorsIn(
  failed: number | undefined,
  answers: readonly EntryAnswer[] | undefined,
  entries: number,
): (Error | undefined)[] {
  if (failed === 0) return Array.from({ length: entries }, () => undefined);
  return (answers ?? []).map(({ ErrorCode, ErrorMessage }) =>
    ErrorCode ? Object.assign(new Error(ErrorMessage ?? ""), { name: ErrorCode }) : undefined,
  );
}
