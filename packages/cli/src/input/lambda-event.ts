/** The records of a Lambda event, as a function gets it from a stream. */

import { InputError, type InputRecord, type Source } from "./record.ts";
import { base64Data } from "./recorded.ts";

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

export const isLambdaEvent = (value: unknown): value is { Records: readonly unknown[] } =>
  isObject(value) && Array.isArray(value.Records) && value.Records.every(isKinesisRecord);

const isKinesisRecord = (record: unknown) => isObject(record) && isObject(record.kinesis);

/** `text` is what the event was read from, beginning at `source.line`: it tells the records' lines. */
export function eventRecords(
  { Records }: { readonly Records: readonly unknown[] },
  source: Source,
  text?: string,
): InputRecord[] {
  const place = lineFinder(text, source);
  return Records.map((record, index) => {
    const { kinesis, eventID, eventSourceARN } = record as Fields;
    const { sequenceNumber, partitionKey, explicitHashKey, data, approximateArrivalTimestamp } =
      kinesis as Fields;
    const at = place(sequenceNumber);
    const what = `Records[${index}].kinesis`;
    if (typeof partitionKey !== "string") {
      throw new InputError(`${what}.partitionKey is no text.`, at);
    }
    const [shardId] = typeof eventID === "string" ? eventID.split(":") : [];
    return {
      partitionKey,
      ...(typeof explicitHashKey === "string" ? { explicitHashKey } : {}),
      data: base64Data(data, `${what}.data`, at),
      ...(typeof approximateArrivalTimestamp === "number"
        ? { arrival: Math.round(approximateArrivalTimestamp * 1000) }
        : {}),
      ...(typeof sequenceNumber === "string" ? { sequenceNumber } : {}),
      ...(shardId?.startsWith("shardId-") ? { shardId } : {}),
      ...(typeof eventSourceARN === "string" ? { streamArn: eventSourceARN } : {}),
      source: at,
    };
  });
}

/** Sequence numbers stand in the text in the order of the records. */
function lineFinder(text: string | undefined, source: Source): (needle: unknown) => Source {
  let [at, line] = [0, source.line];
  return (needle) => {
    const found = typeof needle === "string" ? (text?.indexOf(`"${needle}"`, at) ?? -1) : -1;
    for (; at < found; at++) if (text![at] === "\n") line++;
    return { ...source, line };
  };
}
