/** What PutRecord and PutRecordBatch take. */
import { type FirehoseError, invalidArgument } from "./error.ts";

const KiB = 1024;
const mostRecordBytes = 1000 * KiB;
const mostRecords = 500;
const mostBatchBytes = 4 * KiB * KiB;

/** Throws an InvalidArgumentException. */
export function checkPut(name: string, sourceType: string): void {
  if (sourceType === "DirectPut") return;
  throw invalidArgument(
    `This operation is not permitted on KinesisStreamAsSource delivery stream type: put into the stream that ${name} reads.`,
  );
}

export function checkRecord(data: Uint8Array): void {
  if (data.length > mostRecordBytes) throw tooLong(data);
}

export function checkBatch(records: readonly Uint8Array[]): void {
  if (records.length < 1 || records.length > mostRecords) {
    throw invalidArgument(
      `The request has ${records.length} records, and must have 1 to ${mostRecords}.`,
    );
  }
  const tooLarge = records.find((data) => data.length > mostRecordBytes);
  if (tooLarge) throw tooLong(tooLarge);
  const bytes = records.reduce((sum, data) => sum + data.length, 0);
  if (bytes <= mostBatchBytes) return;
  throw invalidArgument(
    `Records size exceeds 4 MB limit: the request has ${bytes} bytes, and must have ${mostBatchBytes} at most.`,
  );
}

const tooLong = ({ length }: Uint8Array): FirehoseError =>
  invalidArgument(`A record has ${length} bytes, and must have ${mostRecordBytes} at most.`);
