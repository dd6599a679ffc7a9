/** What PutRecord and PutRecordBatch take. */
import { type FirehoseError, invalidArgument } from "./error.ts";

const KiB = 1024;
const mostRecordBytes = 1000 * KiB;
const mostRecords = 500;
const mostBatchBytes = 4 * KiB * KiB;

/** Throws an InvalidArgumentException, as all checks here do. */
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

export function checkName(name: string): void {
  if (/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) return;
  throw invalidArgument(
    `A delivery stream cannot be named "${name}": 1 to 64 letters, digits, underscores, periods and hyphens.`,
  );
}

/** As long as those on AWS; the last six digits count sub-records. */
export const recordIdOf = (now: number, count: number) =>
  `49${String(now).padStart(14, "0")}${String(count).padStart(40, "0")}000000`;

/** What is answered of a record that is one too many. */
export const slowDown = { errorCode: "ServiceUnavailableException", errorMessage: "Slow down." };
