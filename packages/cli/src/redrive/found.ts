/** What can come back, and what is done with the place where it lies. */
import type { DescribedError } from "../../../../src/observe/log.ts";
import type { Hold, ItemStatus, ParkedState } from "../../../../src/park/parked-state.ts";
import type { ParkedRow } from "../../../../src/park/parking.ts";
import type { Redrivable } from "../../../../src/park/redrive-event.ts";
import { logName } from "../../../../src/progress/entry.ts";
import { formatPosition, shardCreatedAt } from "../../../../src/record/position.ts";
import type { FailedBatch } from "../input/index.ts";

export type { Hold } from "../../../../src/park/parked-state.ts";

/** A parked record. */
export interface ParkedItem
  extends Omit<Redrivable, "data" | "partitionKey">,
    Pick<ItemStatus, "state" | "parkedAgain"> {
  readonly consumer: string;
  readonly log: string;
  /** Undefined: it had no room where the record is parked, and stands in the stream. */
  readonly partitionKey: string | undefined;
  /** Itself or its digest; true: there is one. */
  readonly uniqueId: string | true | undefined;
  /** What the log calls it, in hexadecimal. Undefined: an older shardmill has parked it. */
  readonly name: string | undefined;
  readonly error: DescribedError;
  /** Epoch milliseconds. */
  readonly parkedAt: number;
  /** Until when another redrive has it, in epoch milliseconds. */
  readonly heldUntil: number;
  readonly payload: Payload;
}

export type Payload =
  | { readonly data: Uint8Array }
  /** `s3://<bucket>/<key>` */
  | { readonly payloadLocation: string }
  | { readonly pointer: true }
  /** Where the record is parked, and read when its turn comes: all of them at once would fill the memory. */
  | { readonly read: () => Promise<Uint8Array> };

export type Found =
  | { readonly kind: "parked"; readonly item: ParkedItem; readonly hold: Hold }
  | { readonly kind: "failed"; readonly batch: FailedBatch; readonly hold: Hold }
  /** One of the two, and it cannot be told what it says. */
  | { readonly kind: "unreadable"; readonly what: string; readonly hold: Hold };

/** A source of them. */
export interface Source {
  find(): AsyncIterable<Found>;
  close(): void;
}

type Fields = Readonly<Record<string, unknown>>;

const states: readonly ParkedState[] = ["parked", "confirmed", "redriving", "redriven"];

/** An item of a table, an object of a bucket, a message of a queue. Undefined: it is no parked record. */
export function parkedItem(fields: Fields, payload: Payload | undefined): ParkedItem | undefined {
  const { consumer, streamArn, shardId, sequenceNumber } = fields;
  const texts = { consumer, streamArn, shardId, sequenceNumber };
  const partitionKey = textOf(fields.partitionKey);
  const isKnown = partitionKey !== undefined || (payload && "pointer" in payload);
  if (!isTexts(texts) || !payload || !isKnown || !/^\d+$/.test(texts.sequenceNumber)) {
    return undefined;
  }
  const name = textOf(fields.name);
  const { uniqueId, sk } = fields;
  const subSequenceNumber = numberOf(fields.subSequenceNumber) ?? 0;
  const createdAt = shardCreatedAt(texts.sequenceNumber);
  const log = logName(texts.consumer, texts.streamArn, createdAt, texts.shardId);
  const parkedAt = numberOf(fields.parkedAt) ?? 0;
  const place =
    placeIn(textOf(sk), texts.shardId) ??
    (typeof fields.inner === "string"
      ? `${texts.sequenceNumber}#${fields.inner}`
      : formatPosition({ sequenceNumber: texts.sequenceNumber, subSequenceNumber }));
  return {
    ...texts,
    ...{ subSequenceNumber, log, payload, partitionKey, name, parkedAt },
    id: textOf(fields.id) ?? `${log}#${place}`,
    explicitHashKey: textOf(fields.explicitHashKey),
    row: rowOf(fields.row),
    uniqueId: uniqueId === true ? true : textOf(uniqueId),
    approximateArrivalTimestamp: numberOf(fields.approximateArrivalTimestamp) ?? parkedAt,
    attempts: numberOf(fields.attempts) ?? 0,
    error: errorOf(fields.error),
    state: states.find((state) => state === fields.state) ?? "parked",
    parkedAgain: numberOf(fields.parkedAgain) ?? 0,
    heldUntil: numberOf(fields.heldUntil) ?? 0,
  };
}

/** Where the payload is, if it is not in the item. */
export function payloadElsewhere({ payloadLocation, pointer }: Fields): Payload | undefined {
  if (typeof payloadLocation === "string") return { payloadLocation };
  return pointer === true ? { pointer } : undefined;
}

/** Undefined: it is a record. */
function rowOf(value: unknown): ParkedRow | undefined {
  const { id, output, sequenceNumber, shardId } = (value ?? {}) as Partial<ParkedRow>;
  const texts = { id, output, sequenceNumber, shardId };
  return isTexts(texts) ? texts : undefined;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);

const numberOf = (value: unknown) =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const isTexts = <K extends string>(values: Record<K, unknown>): values is Record<K, string> =>
  Object.values(values).every((value) => typeof value === "string");

function errorOf(error: unknown): DescribedError {
  const { name, message } = (error ?? {}) as Partial<DescribedError>;
  if (typeof name === "string" && typeof message === "string") return { name, message };
  return { name: "Error", message: "There was no room for it: see the function's log." };
}

/** The end of a table's sort key: the position, or what tells inner records apart. */
function placeIn(sk: string | undefined, shardId: string): string | undefined {
  const at = sk?.lastIndexOf(`#${shardId}#`) ?? -1;
  return at < 0 ? undefined : sk!.slice(at + shardId.length + 2);
}
