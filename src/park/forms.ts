/**
 * The forms that a parked record takes, the fullest first: a record that no store took would hold its shard for ever. What a
 * store has no room for is shortened, then left out, then put elsewhere; at last only the record's place in its stream is kept.
 */
import { digestOf, fitsKey } from "../aws/store-limits.ts";
import { innerNameIn, type ParkedRecord } from "./parking.ts";
import { type PayloadElsewhere, type PayloadStore, payloadElsewhere } from "./payload.ts";
import { briefError, shortError } from "./short-error.ts";

/** What is stored of a record, by name; bytes are still bytes. */
export type Fields = Readonly<Record<string, unknown>>;

/** A store that has its limits. */
export interface LimitedStore {
  /** Takes payloads for which there is no room. */
  readonly overflow: PayloadStore | undefined;
  /** The largest payload, in bytes. @default Infinity: only the whole counts */
  readonly largestPayload?: number;
  /** The most that a form may count, as `sizeOf` counts. */
  readonly most: number;
  sizeOf(fields: Fields): number;
  send(fields: Fields): Promise<void>;
  /** Of a rejection of `send`: how much it would have taken at the most. Undefined: its size or content is not why. */
  mostIn(error: unknown): number | undefined;
}

/** Sends the fullest form that the store takes. Resolves to a warning where the payload is not in it. */
export async function sendFittingForm(
  parked: ParkedRecord,
  store: LimitedStore,
): Promise<string | undefined> {
  let most = store.most;
  let refusal: unknown;
  for await (const { fields, warning, isLast } of formsOf(parked, store)) {
    const size = store.sizeOf(fields);
    if (size > most && !isLast) continue;
    try {
      await store.send(fields);
      return warning;
    } catch (error) {
      const limit = store.mostIn(error);
      if (limit === undefined) throw error;
      most = Math.min(limit, size - 1);
      refusal = error;
    }
  }
  throw refusal;
}

interface Form {
  readonly fields: Fields;
  readonly warning?: string | undefined;
  readonly isLast?: boolean;
}

async function* formsOf(
  parked: ParkedRecord,
  { overflow, largestPayload = Number.POSITIVE_INFINITY }: LimitedStore,
): AsyncGenerator<Form> {
  const { data } = parked;
  const descriptions = [described(parked), described(parked, true), undescribed(parked)];
  if (data.byteLength <= largestPayload) {
    for (const fields of descriptions) yield { fields: { ...fields, data } };
  }
  if (parked.row && !overflow) throw new TypeError(noRoom(parked));
  const { payload, warning } = await payloadElsewhere(parked, overflow);
  // A row stands in no stream.
  if (parked.row && "pointer" in payload) throw new TypeError(noRoom(parked));
  for (const fields of descriptions) yield { fields: { ...fields, ...payload }, warning };
  if (parked.row) throw new TypeError(noRoom(parked));
  yield {
    fields: { ...placed(parked), ...({ pointer: true } satisfies PayloadElsewhere) },
    warning: `There is no room for more than its place in the stream: it must be read from the stream again before the stream's retention ends.`,
    isLast: true,
  };
}

const noRoom = ({ data, row }: ParkedRecord) =>
  `The row ${row!.id} of ${data.byteLength} bytes is too large to be parked, and stands in no stream. Give the store an overflow, such as s3Payloads({ bucket }), or have smaller rows; until then it is tried again.`;

/** Where it stands, and by what a redrive finds it again. */
function placed(parked: ParkedRecord): Fields {
  const { consumer, streamArn, shardId, sequenceNumber, subSequenceNumber, name } = parked;
  const { approximateArrivalTimestamp, attempts, parkedAt, row, uniqueId } = parked;
  return {
    ...(row && { row }),
    ...{ consumer, streamArn, shardId, sequenceNumber, subSequenceNumber, name },
    ...numbers({ approximateArrivalTimestamp, attempts, parkedAt }),
    inner: innerNameIn(parked.id),
    uniqueId: uniqueId === undefined ? undefined : true,
  };
}

/** All that `process` is told, and no word on why it was parked. */
const undescribed = (parked: ParkedRecord): Fields => ({
  ...placed(parked),
  partitionKey: parked.partitionKey,
  explicitHashKey: parked.explicitHashKey,
});

function described(parked: ParkedRecord, isBrief = false): Fields {
  const { id, error, uniqueId, firstFailedAt } = parked;
  return {
    ...undescribed(parked),
    ...{ id, error: isBrief ? briefError(error) : shortError(error) },
    ...numbers({ firstFailedAt }),
    uniqueId: uniqueId === undefined ? undefined : shortId(uniqueId),
    inner: undefined,
  };
}

/** How long an id may be that is shown as it is, in bytes. Nobody reads it but people: a redrive asks the record for it. */
const longestId = 1024;

const shortId = (id: string): string => (fitsKey(id, longestId) ? id : `SHA-256 ${digestOf(id)}`);

/** A number that no store takes is no reason not to park its record. */
const numbers = (values: Readonly<Record<string, number>>): Fields =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
