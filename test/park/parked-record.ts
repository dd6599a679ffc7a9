import type { ParkedRecord } from "shardmill";

let records = 0;

/** A parked record of a consumer of its own. */
export function parkedRecord(more: Partial<ParkedRecord> = {}): ParkedRecord {
  const { consumer = `c${++records}`, shardId = "shardId-000000000000" } = more;
  const { sequenceNumber = "49659172051921876073359630856560954531429613779191595010" } = more;
  return {
    id: `${consumer}#us-east-1:123456789012:orders#1735689600#${shardId}#${sequenceNumber}.3`,
    consumer,
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    shardId,
    sequenceNumber,
    subSequenceNumber: 3,
    partitionKey: "SFO",
    approximateArrivalTimestamp: 1_767_225_600_123,
    data: Uint8Array.from([0, 1, 0xff]),
    error: { name: "TypeError", message: "no" },
    attempts: 5,
    firstFailedAt: 1_767_225_601_000,
    parkedAt: 1_767_225_602_000,
    ...more,
  };
}
