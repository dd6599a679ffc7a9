import { aggregate as aggregateRecords } from "../kpl/aggregate.ts";
import { encodeJson } from "../values/encode-json.ts";
import { isBytes } from "../values/kinds.ts";
import { checkNumber, lastMoment } from "../values/number-option.ts";

/** As `@types/aws-lambda` has it: it may be changed, and given to anyone's handler. */
export interface KinesisTestEvent {
  Records: {
    kinesis: {
      kinesisSchemaVersion: string;
      partitionKey: string;
      sequenceNumber: string;
      data: string;
      approximateArrivalTimestamp: number;
    };
    eventSource: string;
    eventVersion: string;
    eventID: string;
    eventName: string;
    invokeIdentityArn: string;
    awsRegion: string;
    eventSourceARN: string;
  }[];
}

/** What `kinesisEvent` takes besides the values. */
export interface KinesisEventOptions<V> {
  /** Packs the values into one KPL aggregate, or into aggregates of so many. @default false */
  readonly aggregate?: boolean | number;
  /** @default (value, index) => `key-${index}` */
  readonly partitionKey?: (value: V, index: number) => string;
  /** @default "orders" */
  readonly streamName?: string;
  /** @default "shardId-000000000000" */
  readonly shardId?: string;
  /** When the first Kinesis record arrived, in epoch milliseconds; the others follow a millisecond apart. @default 2026-01-01T00:00:00Z */
  readonly arrival?: number;
  /** The place of the first Kinesis record in its shard, which its sequence number tells. @default 0 */
  readonly from?: number;
  /** As a fan-out consumer of this name would deliver it: aggregates taken apart, under one sequence number each. */
  readonly fanOutConsumer?: string;
}

/** When every shard of these events was created, in epoch seconds: whatever arrives, they are the same shards. */
const createdAt = Date.UTC(2025, 0, 1) / 1000;

/**
 * An event as Lambda sends it, for a plain unit test of a handler. Values are written as JSON;
 * strings and bytes as they are.
 *
 * @example
 * const response = await handler(kinesisEvent([{ id: "1", total: 12 }], { aggregate: true }));
 */
export function kinesisEvent<V>(
  values: readonly V[],
  {
    aggregate = false,
    partitionKey = (_, index) => `key-${index}`,
    streamName = "orders",
    shardId = "shardId-000000000000",
    arrival = Date.UTC(2026, 0, 1),
    from = 0,
    fanOutConsumer,
  }: KinesisEventOptions<V> = {},
): KinesisTestEvent {
  checkNumber("kinesisEvent: from", from, { least: 0, isWhole: true });
  checkNumber("kinesisEvent: arrival", arrival, { least: 0, most: lastMoment });
  checkAggregate("kinesisEvent", aggregate);
  const userRecords = values.map((value, index) => ({
    partitionKey: partitionKey(value, index),
    data: toBytes(value),
  }));
  const perRecord = aggregate === true ? Math.max(1, values.length) : aggregate || 1;
  const kinesisRecords: { place: number; partitionKey: string; data: Uint8Array }[] = [];
  for (let start = 0, place = 0; start < userRecords.length; start += perRecord, place++) {
    const inner = userRecords.slice(start, start + perRecord);
    const delivered = aggregate && !fanOutConsumer ? [aggregateRecords(inner)] : inner;
    for (const { partitionKey, data } of delivered) {
      kinesisRecords.push({ place, partitionKey, data });
    }
  }
  const streamArn = `arn:aws:kinesis:us-east-1:123456789012:stream/${streamName}`;
  return {
    Records: kinesisRecords.map(({ place, partitionKey, data }) => {
      const arrivedAt = arrival + place;
      const sequenceNumber = sequenceNumberAt(shardId, from + place, arrivedAt);
      return {
        kinesis: {
          kinesisSchemaVersion: "1.0",
          partitionKey,
          sequenceNumber,
          data: Buffer.from(data).toString("base64"),
          approximateArrivalTimestamp: arrivedAt / 1000,
        },
        eventSource: "aws:kinesis",
        eventVersion: "1.0",
        eventID: `${shardId}:${sequenceNumber}`,
        eventName: "aws:kinesis:record",
        invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
        awsRegion: "us-east-1",
        eventSourceARN: fanOutConsumer
          ? `${streamArn}/consumer/${fanOutConsumer}:${createdAt}`
          : streamArn,
      };
    }),
  };
}

/** True, false, or how many values are in each; 0 is false. */
export function checkAggregate(who: string, aggregate: unknown): void {
  if (typeof aggregate === "boolean") return;
  checkNumber(`${who}: aggregate, unless it is true or false,`, aggregate, {
    least: 0,
    isWhole: true,
  });
}

export function toBytes(value: unknown): Uint8Array {
  if (isBytes(value)) return value;
  return Buffer.from(typeof value === "string" ? value : encodeJson(value));
}

/** In Kinesis's own layout: creation second, shard, place, second of arrival. */
function sequenceNumberAt(shardId: string, place: number, arrival: number) {
  const shard = BigInt(shardId.slice("shardId-".length));
  const fields: [value: bigint, bits: bigint][] = [
    [BigInt(createdAt), 36n],
    [shard & 15n, 4n],
    [BigInt(place + 1), 64n],
    [0n, 8n],
    [BigInt(Math.floor(arrival / 1000)), 36n],
    [shard, 32n],
    [2n, 4n],
  ];
  return String(fields.reduce((number, [value, bits]) => (number << bits) | value, 2n));
}
