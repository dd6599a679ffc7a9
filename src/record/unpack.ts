import { deaggregate } from "../kpl/deaggregate.ts";
import type { KinesisEvent, KinesisEventRecord } from "./kinesis-event.ts";
import { payloadDecoder } from "./payloads.ts";
import type { UserRecord } from "./user-record.ts";

/** The user records of one event, in stream order, and where they come from. */
export interface Batch {
  /** Without the consumer of a fan-out mapping. */
  readonly streamArn: string;
  readonly streamName: string;
  readonly shardId: string;
  /** Whether a fan-out consumer delivered it: Lambda has then taken the aggregates apart. */
  readonly fanOut: boolean;
  readonly records: readonly UserRecord[];
  /** How many Kinesis records they came in. */
  readonly received: number;
}

/**
 * Takes the user records out of an event: base64, then the KPL's aggregates. Pure. Whatever is
 * not a valid aggregate is one record, as in the KCL; unlike there, no user record is dropped
 * because its hash key belongs to another shard.
 */
export function unpack({ Records }: KinesisEvent): Batch {
  const first = Records[0];
  const source = parseSource(first?.eventSourceARN ?? "");
  const shardId = first ? first.eventID.slice(0, first.eventID.indexOf(":")) : "";
  const records: UserRecord[] = [];
  const decode = payloadDecoder(Records.length);
  for (let index = 0; index < Records.length; index++) {
    const record = Records[index]!;
    const data = decode(record.kinesis.data);
    if (!data) {
      throw new TypeError(
        `Records[${index}] (${record.eventID}) has data that is not base64. Has a middleware decoded it?`,
      );
    }
    unpackRecord(record, data, shardId, source, records);
  }
  return { ...source, shardId, records, received: Records.length };
}

function unpackRecord(
  { kinesis }: KinesisEventRecord,
  data: Buffer,
  shardId: string,
  { streamArn, fanOut }: Source,
  into: UserRecord[],
): void {
  const { partitionKey, sequenceNumber } = kinesis;
  const approximateArrivalTimestamp = Math.round(kinesis.approximateArrivalTimestamp * 1000);
  // Before a fan-out consumer Lambda has taken aggregates apart; what still looks like one is data.
  const inner = fanOut ? undefined : deaggregate(data);
  if (!inner) {
    // The records of an aggregate that Lambda took apart share one sequence number.
    const before = fanOut ? into[into.length - 1] : undefined;
    into.push({
      data,
      partitionKey,
      explicitHashKey: undefined,
      sequenceNumber,
      subSequenceNumber:
        before?.sequenceNumber === sequenceNumber ? before.subSequenceNumber + 1 : 0,
      aggregated: false,
      approximateArrivalTimestamp,
      shardId,
      streamArn,
    });
    return;
  }
  for (let place = 0; place < inner.length; place++) {
    const { data, partitionKey, explicitHashKey } = inner[place]!;
    into.push({
      data,
      partitionKey,
      explicitHashKey,
      sequenceNumber,
      subSequenceNumber: place,
      aggregated: true,
      approximateArrivalTimestamp,
      shardId,
      streamArn,
    });
  }
}

interface Source {
  readonly streamArn: string;
  readonly streamName: string;
  readonly fanOut: boolean;
}

/** `…:stream/<name>`, or `…:stream/<name>/consumer/<consumer>:<epoch seconds>` for fan-out. */
function parseSource(arn: string): Source {
  const consumer = arn.indexOf("/consumer/");
  const streamArn = consumer < 0 ? arn : arn.slice(0, consumer);
  return {
    streamArn,
    streamName: streamArn.slice(streamArn.indexOf("/") + 1),
    fanOut: consumer >= 0,
  };
}
