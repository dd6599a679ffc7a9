/** The records of a redrive's event, as they were parked. One that cannot be read or is somebody else's fails alone. */

import type { RedrivenRecord, RedriveRequest } from "../../park/redrive-event.ts";
import type { KinesisEventRecord } from "../../record/kinesis-event.ts";
import { type Batch, unpack } from "../../record/unpack.ts";
import type { UserRecord } from "../../record/user-record.ts";

export interface RedrivenBatch {
  /** Undefined: none of the records can be brought back. */
  readonly batch: Batch | undefined;
  /** What the request says of the batch's records, by place. */
  readonly records: readonly RedrivenRecord[];
  /** Why the others are not in it, by what the request says of them. */
  readonly refused: ReadonlyMap<RedrivenRecord, unknown>;
}

/** Throws where the request does not speak of the event's records. */
export async function redrivenBatch(
  event: unknown,
  request: RedriveRequest,
  consumer: string,
): Promise<RedrivenBatch> {
  const { Records } = event as { readonly Records?: readonly KinesisEventRecord[] };
  if (!Array.isArray(Records) || Records.length !== request.records?.length) {
    throw new TypeError("shardmillRedrive must speak of each record of its event.");
  }
  const refused = new Map<RedrivenRecord, unknown>();
  const records: RedrivenRecord[] = [];
  const read: UserRecord[] = [];
  let batch: Batch | undefined;
  for (const [place, asked] of request.records.entries()) {
    try {
      checkOwner(asked, consumer);
      const taken = await readRecord(Records[place]!);
      batch ??= taken;
      if (taken.shardId !== batch.shardId || taken.streamArn !== batch.streamArn) {
        throw new TypeError(
          `It is of ${taken.shardId} of ${taken.streamArn}, and this redrive is of ${batch.shardId} of ${batch.streamArn}.`,
        );
      }
      const { subSequenceNumber, explicitHashKey } = asked;
      // The first of an aggregate looks like a plain one: only its place tells.
      const aggregated = subSequenceNumber > 0;
      read.push({ ...taken.records[0]!, subSequenceNumber, explicitHashKey, aggregated });
      records.push(asked);
    } catch (error) {
      refused.set(asked, error);
    }
  }
  const received = read.length;
  return { batch: batch && { ...batch, fanOut: false, records: read, received }, records, refused };
}

/** As from a fan-out consumer, where nothing is taken apart: one that looks like an aggregate is none. */
function readRecord(record: KinesisEventRecord): Promise<Batch> {
  const arn = `${record.eventSourceARN}/consumer/redrive`;
  return unpack({ Records: [{ ...record, eventSourceARN: arn }] });
}

function checkOwner({ id }: RedrivenRecord, consumer: string): void {
  if (typeof id !== "string") throw new TypeError(`${id} is no id of a parked record.`);
  if (ownerOf(id) === ownerOf(consumer)) return;
  throw new Error(
    `${id} was parked by the consumer ${ownerOf(id)}, and this function is ${ownerOf(consumer)}. Nothing was done: redrive it through its own function.`,
  );
}

/** A log's name, and so a parked record's id, begins with the consumer, and its epoch, which may be another one by now. */
const ownerOf = (name: string): string => name.split(/[@#]/)[0]!;
