import { deaggregate } from "../kpl/deaggregate.ts";
import type { Deaggregated, Deaggregator, DeaggregatorHost } from "./deaggregator.ts";
import type { Texts } from "./decode/decoder.ts";
import {
  checkedRecord,
  type KinesisEvent,
  type KinesisEventRecord,
  notBase64,
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
  /** Undefined where they came in no event. */
  readonly texts?: Texts;
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
  const source = sourceOf(first);
  const { shardId, streamArn } = source;
  const origin = first && {
    streamArn: first.eventSourceARN,
    shard: `${shardId}:`,
    behind: `${shardId};`,
  };
  const records: UserRecord[] = [];
  /** Every user record is made here, so that all have one shape. */
  const add = (
    { approximateArrivalTimestamp, sequenceNumber }: KinesisEventRecord["kinesis"],
    subSequenceNumber: number,
    data: Uint8Array,
    partitionKey: string,
    explicitHashKey?: string,
    aggregated = false,
  ) =>
    records.push({
      data,
      partitionKey,
      explicitHashKey,
      sequenceNumber,
      subSequenceNumber,
      aggregated,
      approximateArrivalTimestamp: Math.round(approximateArrivalTimestamp * 1000),
      shardId,
      streamArn,
    });
  const texts: Texts = new Map();
  const decode = payloadDecoder(received.length, texts);
  const payloadOf = (unchecked: unknown, index: number): Buffer => {
    const { eventID, kinesis } = checkedRecord(unchecked, index, origin);
    const data = decode(kinesis.data);
    if (data) return data;
    throw new TypeError(`Records[${index}] (${eventID}) ${notBase64(kinesis.data)}`);
  };
  const payloads = received.map(payloadOf);
  const Records = received as readonly KinesisEventRecord[];
  // Before a fan-out consumer Lambda has taken aggregates apart; what still looks like one is data.
  const taken = source.fanOut
    ? []
    : deaggregator && checkTaken(await deaggregator.takeApart(payloads, Records, host!), Records);
  for (let index = 0; index < received.length; index++) {
    const data = payloads[index]!;
    const inner = taken ? taken[index] : deaggregate(data);
    const { kinesis } = Records[index]!;
    const { partitionKey, sequenceNumber, subSequenceNumber = 0 } = kinesis;
    if (inner) {
      for (const [place, { data, partitionKey, explicitHashKey }] of inner.entries()) {
        add(kinesis, subSequenceNumber + place, data, partitionKey, explicitHashKey, true);
      }
      continue;
    }
    // The records of an aggregate that Lambda took apart share one sequence number.
    const before = source.fanOut ? records.at(-1) : undefined;
    const place = before?.sequenceNumber === sequenceNumber ? before.subSequenceNumber + 1 : 0;
    add(kinesis, place, data, partitionKey);
  }
  return { ...source, records, received: received.length, texts };
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
