/** The records of a Firehose event, as a transforming function gets it. */
import { InputError, type InputRecord, type Source } from "./record.ts";
import { base64Data } from "./recorded.ts";

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

export const isFirehoseEvent = (value: unknown): value is { records: readonly Fields[] } =>
  isObject(value) &&
  typeof value.deliveryStreamArn === "string" &&
  Array.isArray(value.records) &&
  value.records.every((record) => isObject(record) && typeof record.recordId === "string");

export function firehoseRecords(
  { records }: { readonly records: readonly Fields[] },
  source: Source,
): InputRecord[] {
  return records.map(({ data, approximateArrivalTimestamp, kinesisRecordMetadata }, index) => {
    const { partitionKey } = isObject(kinesisRecordMetadata) ? kinesisRecordMetadata : {};
    const arrival = approximateArrivalTimestamp ?? undefined;
    if (arrival !== undefined && typeof arrival !== "number") {
      throw new InputError(`records[${index}].approximateArrivalTimestamp is no number.`, source);
    }
    return {
      ...(typeof partitionKey === "string" && { partitionKey }),
      data: base64Data(data, `records[${index}].data`, source),
      ...(arrival !== undefined && { arrival }),
      source,
    };
  });
}
