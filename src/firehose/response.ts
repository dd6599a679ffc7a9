import type { PayloadField } from "./record.ts";

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html */
export interface FirehoseResponse {
  readonly records: FirehoseResponseRecord[];
}

/** As `@types/aws-lambda` has it, which knows of partition keys alone. */
export interface PlainFirehoseResponse {
  readonly records: (Omit<FirehoseResponseRecord, "metadata"> & {
    readonly metadata?: { readonly partitionKeys: Readonly<Record<string, string>> };
  })[];
}

/** What became of one record, as Firehose takes it. */
export interface FirehoseResponseRecord {
  readonly recordId: string;
  readonly result: "Ok" | "Dropped" | "ProcessingFailed";
  /** Base64. Only of what is `Ok`. */
  readonly data?: string;
  /** What `data` is called where the source is a topic of Amazon MSK. */
  readonly kafkaRecordValue?: string;
  readonly metadata?: FirehoseMetadata;
}

/** What Firehose is told of a record besides its data: its partition, or its table. */
export interface FirehoseMetadata {
  /** For dynamic partitioning: `!{partitionKeyFromLambda:name}` in the prefix. */
  readonly partitionKeys?: Readonly<Record<string, string>>;
  readonly otfMetadata?: OtfMetadata;
}

/**
 * Into which Apache Iceberg table a record goes, and how.
 * https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-format-input-record-different.html
 */
export interface OtfMetadata {
  readonly destinationDatabaseName?: string;
  readonly destinationTableName?: string;
  readonly operation?: "insert" | "update" | "delete";
}

export function okAnswer(
  recordId: string,
  field: PayloadField,
  payload: string,
  metadata: FirehoseMetadata | undefined,
): FirehoseResponseRecord {
  return metadata
    ? { recordId, result: "Ok", [field]: payload, metadata }
    : { recordId, result: "Ok", [field]: payload };
}

/** How large an answer of the function may be, in bytes: AWS's own limit, and not a byte more is sent. */
export const lambdaLimit = 6_291_556;

/** What JSON has around the records: `{"records":[…]}`. */
export const envelopeBytes = '{"records":[]}'.length;

/** The bytes of a failure as JSON has it in a list, with the comma behind it: the answer that always has room. */
export const failureBytes = (recordId: string): number =>
  '{"recordId":,"result":"ProcessingFailed"},'.length + idBytes(recordId);

/** Firehose's own ids are digits, which JSON leaves as they are. */
const idBytes = (recordId: string) =>
  /^\w*$/.test(recordId)
    ? recordId.length + '""'.length
    : Buffer.byteLength(JSON.stringify(recordId));

/** How much longer than a failure the same record's answer is without a payload. Below 0. */
export const droppedBytes = "Dropped".length - "ProcessingFailed".length;

/** How much longer than a failure the same record's answer is with a payload of so many characters of base64. */
export function okBytes(
  field: PayloadField,
  payloadLength: number,
  metadata: FirehoseMetadata | undefined,
): number {
  const result = "Ok".length - "ProcessingFailed".length;
  const payload = `,"${field}":""`.length + payloadLength;
  if (!metadata) return result + payload;
  return result + payload + ',"metadata":'.length + Buffer.byteLength(JSON.stringify(metadata));
}
