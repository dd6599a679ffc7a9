/**
 * What Lambda leaves in a failure destination about a batch that it gave up: in a queue or a topic the
 * positions alone, in a bucket the whole event.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
import { eventRecords, isLambdaEvent } from "./lambda-event.ts";
import { InputError, type InputRecord, type Source } from "./record.ts";

/** A batch that was given up. */
export interface FailedBatch {
  readonly streamArn: string;
  readonly shardId: string;
  /** Where it begins and ends. Absent: it was the empty last invocation of a window. */
  readonly range?: { readonly first: string; readonly last: string };
  /** How many records were in it; there may be more in its range: those that were filtered out. */
  readonly batchSize: number;
  /** `RetryAttemptsExhausted` or `RecordAgeExceeded`. */
  readonly condition: string;
  /** The function, with its qualifier. */
  readonly functionArn?: string;
  /** When its first record arrived, in epoch milliseconds. */
  readonly firstArrival?: number;
  /** Only of a bucket's object. Absent: they have to be read from the stream. */
  readonly records?: readonly InputRecord[];
  readonly source: Source;
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** What a queue holds that is subscribed to a topic. */
const isNotification = (value: unknown): value is { Message: string } =>
  isObject(value) && value.Type === "Notification" && typeof value.Message === "string";

export function isFailureDocument(value: unknown): boolean {
  if (isNotification(value)) return isFailureDocument(parsed(value.Message));
  return isObject(value) && isObject(value.KinesisBatchInfo);
}

/** Throws InputError where the document does not say what it must. */
export function failedBatch(document: unknown, source: Source): FailedBatch {
  if (isNotification(document)) return failedBatch(parsed(document.Message), source);
  const { KinesisBatchInfo, requestContext, payload } = document as Fields;
  const info = KinesisBatchInfo as Fields;
  const context = isObject(requestContext) ? requestContext : {};
  const { startSequenceNumber: first, endSequenceNumber: last } = info;
  const firstArrival = Date.parse(String(info.approximateArrivalOfFirstRecord));
  const event = typeof payload === "string" ? parsed(payload) : undefined;
  if (typeof payload === "string" && !isLambdaEvent(event)) {
    throw new InputError("the payload of this failure document is no event of a stream.", source);
  }
  return {
    streamArn: required(info, "streamArn", source),
    shardId: required(info, "shardId", source),
    ...(isDigits(first) && isDigits(last) ? { range: { first, last } } : {}),
    batchSize: Number(info.batchSize ?? 0),
    condition: String(context.condition ?? "unknown"),
    ...(typeof context.functionArn === "string" ? { functionArn: context.functionArn } : {}),
    ...(Number.isNaN(firstArrival) ? {} : { firstArrival }),
    ...(isLambdaEvent(event) ? { records: eventRecords(event, source) } : {}),
    source,
  };
}

const isDigits = (value: unknown): value is string =>
  typeof value === "string" && /^\d+$/.test(value);

function required(info: Fields, name: string, source: Source): string {
  const value = info[name];
  if (typeof value === "string" && value !== "") return value;
  throw new InputError(`this failure document has no KinesisBatchInfo.${name}.`, source);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
