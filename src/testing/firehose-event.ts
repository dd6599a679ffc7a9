import type { FirehoseEvent } from "../firehose/event.ts";
import { checkNumber, lastMoment } from "../values/number-option.ts";
import { kinesisEvent } from "./kinesis-event.ts";

/** As `@types/aws-lambda` has it: it may be changed, and given to anyone's handler. */
export interface FirehoseTestEvent {
  invocationId: string;
  deliveryStreamArn: string;
  sourceKinesisStreamArn?: string;
  region: string;
  records: {
    recordId: string;
    approximateArrivalTimestamp: number;
    data: string;
    kinesisRecordMetadata?: {
      shardId: string;
      partitionKey: string;
      sequenceNumber: string;
      subsequenceNumber: string;
      approximateArrivalTimestamp: number;
    };
  }[];
}

/** What `firehoseEvent` takes besides the values. */
export interface FirehoseEventOptions {
  /** Where the delivery stream has its records from. @default "direct" */
  readonly source?: "direct" | "kinesis" | "msk";
  /** @default "deliveries" */
  readonly deliveryStreamName?: string;
  /** @default "11111111-2222-3333-4444-555555555555" */
  readonly invocationId?: string;
  /** When the first record arrived, in epoch milliseconds; the others follow a millisecond apart. @default 2026-01-01T00:00:00Z */
  readonly arrival?: number;
}

/**
 * An event as Firehose sends it to its transformation, for a plain unit test of a handler. Values are written as
 * JSON; strings and bytes as they are.
 *
 * @example
 * const { records } = await handler(firehoseEvent([{ id: "1", total: 12 }]));
 */
export function firehoseEvent(
  values: readonly unknown[],
  options?: FirehoseEventOptions & { readonly source?: "direct" | "kinesis" },
): FirehoseTestEvent;
export function firehoseEvent(
  values: readonly unknown[],
  options: FirehoseEventOptions,
): FirehoseEvent;
export function firehoseEvent(
  values: readonly unknown[],
  {
    source = "direct",
    deliveryStreamName = "deliveries",
    invocationId = "11111111-2222-3333-4444-555555555555",
    arrival = Date.UTC(2026, 0, 1),
  }: FirehoseEventOptions = {},
): FirehoseEvent {
  checkNumber("firehoseEvent: arrival", arrival, { least: 0, most: lastMoment });
  const { Records } = kinesisEvent(values, { arrival });
  const account = "us-east-1:123456789012";
  const sources = {
    direct: {},
    kinesis: { sourceKinesisStreamArn: Records[0]?.eventSourceARN ?? "" },
    msk: { sourceMSKArn: `arn:aws:kafka:${account}:cluster/deliveries/1` },
  };
  return {
    invocationId,
    deliveryStreamArn: `arn:aws:firehose:${account}:deliverystream/${deliveryStreamName}`,
    region: "us-east-1",
    ...sources[source],
    records: Records.map(({ eventID, kinesis }, index) => {
      const { data, partitionKey, sequenceNumber } = kinesis;
      const own = {
        recordId: `${sequenceNumber}000000`,
        approximateArrivalTimestamp: arrival + index,
      };
      if (source === "msk") return { ...own, kafkaRecordValue: data };
      if (source === "direct") return { ...own, data };
      return {
        ...own,
        data,
        kinesisRecordMetadata: {
          shardId: eventID.slice(0, eventID.indexOf(":")),
          partitionKey,
          sequenceNumber,
          subsequenceNumber: "",
          approximateArrivalTimestamp: arrival + index,
        },
      };
    }),
  };
}
