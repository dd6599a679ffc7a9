/**
 * What is written of records that failed: a line of JSON each, with the names that were seen on AWS.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
 */
import type { DeliveryRecord, Failure } from "./record.ts";
import type { CatalogTable, DeliveryPlan } from "./settings/plan.ts";

/** What a failure object says of the stream that wrote it. */
export interface FailureOrigin {
  /** Of the transforming function. */
  readonly lambdaArn: string | undefined;
  /** Of the conversion. */
  readonly table: (CatalogTable & { readonly catalogArn: string }) | undefined;
}

export function failureOrigin(
  { processing, destination }: DeliveryPlan,
  region: string,
  account: string,
): FailureOrigin {
  const table = destination.kind === "s3" ? destination.conversion?.table : undefined;
  const inRegion = table?.region || region;
  const catalogId = table?.catalogId || account;
  return {
    lambdaArn: processing.transform?.lambdaArn,
    table: table && {
      ...table,
      catalogId,
      region: inRegion,
      catalogArn: `arn:aws:glue:${inRegion}:${catalogId}:catalog`,
    },
  };
}

export function failureLine(failure: Failure, { lambdaArn, table }: FailureOrigin): string {
  const { record, type } = failure;
  const rawData = Buffer.from(record.raw.buffer, record.raw.byteOffset, record.raw.length).toString(
    "base64",
  );
  const { at: attemptEndingTimestamp, attemptsMade, errorCode, errorMessage } = failure;
  const arrivalTimestamp = record.arrivedAt;
  const sequenceNumber = record.kinesis?.sequenceNumber ?? record.id;
  const subsequence = record.kinesis?.subsequenceNumber ?? 0;
  // In the orders that AWS writes.
  const common = {
    ...{ rawData, errorCode, errorMessage, attemptsMade },
    ...{ arrivalTimestamp, attemptEndingTimestamp },
  };
  const attempted = {
    ...{ attemptsMade, arrivalTimestamp, errorCode, errorMessage, attemptEndingTimestamp },
  };
  switch (type) {
    case "processing-failed":
      return line({ ...common, lambdaARN: lambdaArn });
    case "format-conversion-failed":
      return line({
        ...attempted,
        rawData,
        sequenceNumber,
        subSequenceNumber: subsequence,
        dataCatalogTable: table,
      });
    case "http-endpoint-failed":
      return line({
        ...attempted,
        rawData,
        subsequenceNumber: subsequence,
        dataId: dataIdOf(record),
      });
    case "splunk-failed":
      return line({ ...attempted, rawData, EventId: dataIdOf(record) });
    case "AmazonOpenSearchService-failed":
      return line({ ...attempted, ...failure.document, rawData });
    default:
      return line(common);
  }
}

/** Of a record, also of one that was inside another: the same for every attempt. */
export const dataIdOf = ({ id, kinesis }: DeliveryRecord) =>
  `${kinesis?.sequenceNumber ?? id}.${kinesis?.subsequenceNumber ?? 0}`;

const line = (members: Readonly<Record<string, unknown>>) => `${JSON.stringify(members)}\n`;

/** A failure object, whichever spelling it came in. */
export interface ReadFailure {
  readonly rawData: Uint8Array;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attemptsMade: number;
  /** Epoch milliseconds. */
  readonly arrivalTimestamp: number;
  readonly attemptEndingTimestamp: number;
  readonly lambdaArn?: string;
  readonly sequenceNumber?: string;
  readonly dataId?: string;
}

/**
 * Reads what Firehose wrote under an error prefix, decompressed. AWS's documents and AWS differ:
 * numbers may be text, `lambdaArn` may be `lambdaARN`, and the codes of a conversion may begin with
 * `last`. Throws a SyntaxError that names the line.
 *
 * @example
 * for (const { rawData } of readFailureObject(text)) stream.put(rawData); // try again
 */
export function readFailureObject(text: string): ReadFailure[] {
  return text.split("\n").flatMap((one, at) => (one.trim() === "" ? [] : [readLine(one, at + 1)]));
}

function readLine(text: string, number: number): ReadFailure {
  const refuse = (why: string, cause?: unknown) =>
    new SyntaxError(`Line ${number} is no failure object: ${why}: ${text.slice(0, 80)}`, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refuse("it is not JSON", cause);
  }
  const members = new Map(
    Object.entries(parsed ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const given = (name: string): unknown =>
    members.get(name.toLowerCase()) ?? members.get(`last${name.toLowerCase()}`);
  const rawData = given("rawData");
  if (typeof rawData !== "string") throw refuse("it has no rawData");
  const optional = (name: "lambdaArn" | "sequenceNumber" | "dataId") =>
    given(name) === undefined ? {} : { [name]: String(given(name)) };
  return {
    rawData: Buffer.from(rawData, "base64"),
    errorCode: String(given("errorCode") ?? ""),
    errorMessage: String(given("errorMessage") ?? ""),
    attemptsMade: Number(given("attemptsMade") ?? 0),
    arrivalTimestamp: Number(given("arrivalTimestamp") ?? 0),
    attemptEndingTimestamp: Number(given("attemptEndingTimestamp") ?? 0),
    ...optional("lambdaArn"),
    ...optional("sequenceNumber"),
    ...optional("dataId"),
  };
}
