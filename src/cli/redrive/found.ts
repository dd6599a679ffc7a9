/** What can come back, and what is done with the place where it lies. */
import type { DescribedError } from "../../observe/log.ts";
import type { Redrivable } from "../../park/redrive-event.ts";
import { logName } from "../../progress/entry.ts";
import { formatPosition, shardCreatedAt } from "../../record/position.ts";
import type { FailedBatch } from "../input/index.ts";

/** A parked record. */
export interface ParkedItem extends Omit<Redrivable, "data"> {
  readonly consumer: string;
  readonly log: string;
  readonly uniqueId: string | undefined;
  readonly error: DescribedError;
  /** Epoch milliseconds. */
  readonly parkedAt: number;
  readonly state: "parked" | "confirmed" | "redriving" | "redriven";
  /** Until when another redrive has it, in epoch milliseconds. */
  readonly heldUntil: number;
  readonly payload: Payload;
}

export type Payload =
  | { readonly data: Uint8Array }
  /** `s3://<bucket>/<key>` */
  | { readonly payloadLocation: string }
  | { readonly pointer: true };

/** Where it lies. Each step is refused when another redrive has come in between. */
export interface Hold {
  /** Such as `table progress` or `queue failures`. */
  readonly where: string;
  /** The log says that it is parked. */
  confirm(): Promise<void>;
  /** Takes it until then. False: somebody else has it. */
  take(token: string, until: number): Promise<boolean>;
  /** It is back: it is marked, or deleted. */
  finish(): Promise<void>;
  /** It is not: another redrive may take it. */
  giveBack(): Promise<void>;
}

export type Found =
  | { readonly kind: "parked"; readonly item: ParkedItem; readonly hold: Hold }
  | { readonly kind: "failed"; readonly batch: FailedBatch; readonly hold: Hold };

/** A source of them. */
export interface Source {
  find(): AsyncIterable<Found>;
  close(): void;
}

type Fields = Readonly<Record<string, unknown>>;

/** An item of a table, an object of a bucket, a message of a queue. Undefined: it is no parked record. */
export function parkedItem(fields: Fields, payload: Payload | undefined): ParkedItem | undefined {
  const { consumer, streamArn, shardId, sequenceNumber, partitionKey } = fields;
  const texts = { consumer, streamArn, shardId, sequenceNumber, partitionKey };
  if (!isTexts(texts) || !payload) return undefined;
  const subSequenceNumber = Number(fields.subSequenceNumber ?? 0);
  const position = { sequenceNumber: texts.sequenceNumber, subSequenceNumber };
  const log = logName(
    texts.consumer,
    texts.streamArn,
    shardCreatedAt(texts.sequenceNumber),
    texts.shardId,
  );
  return {
    ...texts,
    ...{ subSequenceNumber, log, payload },
    id: textOf(fields.id) ?? `${log}#${placeOf(fields, texts.shardId) ?? formatPosition(position)}`,
    explicitHashKey: textOf(fields.explicitHashKey),
    uniqueId: textOf(fields.uniqueId),
    approximateArrivalTimestamp: Number(fields.approximateArrivalTimestamp),
    attempts: Number(fields.attempts ?? 0),
    error: (fields.error ?? { name: "Error", message: "unknown" }) as DescribedError,
    parkedAt: Number(fields.parkedAt ?? 0),
    state: (textOf(fields.state) ?? "parked") as ParkedItem["state"],
    heldUntil: Number(fields.heldUntil ?? 0),
  };
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);

const isTexts = <K extends string>(values: Record<K, unknown>): values is Record<K, string> =>
  Object.values(values).every((value) => typeof value === "string");

/** The end of a table's sort key: the position, and what tells inner records apart. */
function placeOf({ sk }: Fields, shardId: string): string | undefined {
  const text = textOf(sk);
  return text?.slice(text.lastIndexOf(`#${shardId}#`) + shardId.length + 2);
}

/** Behind a fan-out consumer: the name that tells the inner records of an aggregate apart, in hexadecimal. */
export const innerName = ({ id, shardId }: ParkedItem): string | undefined =>
  id.slice(id.lastIndexOf(`#${shardId}#`) + shardId.length + 2).split("#")[1];
