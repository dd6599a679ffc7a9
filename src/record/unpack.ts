import { deaggregate } from "../kpl/deaggregate.ts";
import type { KplUserRecord } from "../kpl/user-record.ts";
import type { Deaggregated, Deaggregator, DeaggregatorHost } from "./deaggregator.ts";
import {
  checkedRecord,
  decoded,
  type KinesisEvent,
  type KinesisEventRecord,
  originOf,
  recordsIn,
} from "./kinesis-event.ts";
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
 * Takes the user records out of an event: base64, then the KPL's aggregates. Whatever is not a valid
 * aggregate is one record, as in the KCL; unlike there, and unless the deaggregator says so, no user record
 * is dropped because its hash key belongs to another shard. Rejects, with nothing done, where the event or
 * a record cannot be read.
 */
export async function unpack(
  event: unknown,
  deaggregator?: Deaggregator,
  host?: DeaggregatorHost,
): Promise<Batch> {
  const received = recordsIn(event);
  const first = received.length > 0 ? checkedRecord(received[0], 0, undefined) : undefined;
  const origin = first && originOf(first);
  const source = sourceOf(first);
  const records: UserRecord[] = [];
  const decode = payloadDecoder(received.length);
  const payloadOf = (unchecked: unknown, index: number): Buffer => {
    const { eventID, kinesis } = checkedRecord(unchecked, index, origin);
    const data = decode(kinesis.data);
    if (data) return data;
    throw new TypeError(`Records[${index}] (${eventID}) has data that is not base64. ${decoded}`);
  };
  const payloads = deaggregator && received.map(payloadOf);
  const Records = received as readonly KinesisEventRecord[];
  // Before a fan-out consumer Lambda has taken aggregates apart; what still looks like one is data.
  const taken = source.fanOut
    ? []
    : deaggregator && checkTaken(await deaggregator.takeApart(payloads!, Records, host!), Records);
  for (let index = 0; index < received.length; index++) {
    const data = payloads ? payloads[index]! : payloadOf(received[index], index);
    const inner = taken ? taken[index] : deaggregate(data);
    unpackRecord(Records[index]!, data, inner, source, records);
  }
  return { ...source, records, received: received.length };
}

/** What a deaggregator of somebody's own leaves out would be lost without a word. */
function checkTaken(taken: Deaggregated, { length }: KinesisEvent["Records"]): Deaggregated {
  const isOfRecord = (inner: unknown) =>
    inner === undefined || (Array.isArray(inner) && inner.length > 0);
  if (Array.isArray(taken) && taken.length === length && taken.every(isOfRecord)) return taken;
  throw new TypeError(
    `deaggregator.takeApart must return a list of ${length}: for each record its user records, or undefined.`,
  );
}

function unpackRecord(
  { kinesis }: KinesisEventRecord,
  data: Buffer,
  inner: readonly KplUserRecord[] | undefined,
  { fanOut, shardId, streamArn }: Source,
  into: UserRecord[],
): void {
  const { partitionKey, sequenceNumber, subSequenceNumber: first = 0 } = kinesis;
  const approximateArrivalTimestamp = Math.round(kinesis.approximateArrivalTimestamp * 1000);
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
      subSequenceNumber: first + place,
      aggregated: true,
      approximateArrivalTimestamp,
      shardId,
      streamArn,
    });
  }
}

type Source = Pick<Batch, "fanOut" | "shardId" | "streamArn" | "streamName">;

/** `…:stream/<name>`, or `…:stream/<name>/consumer/<consumer>:<epoch seconds>` for fan-out. */
function sourceOf({ eventID = "", eventSourceARN = "" }: Partial<KinesisEventRecord> = {}): Source {
  const [streamArn, fanOut] = eventSourceARN.split(/\/consumer\/(?=[^/]*$)/) as [string, string?];
  return {
    streamArn,
    streamName: streamArn.split("/").pop()!,
    shardId: eventID.split(":")[0]!,
    fanOut: fanOut !== undefined,
  };
}
