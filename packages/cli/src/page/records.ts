/** Browsing a stream: from any position, with a search, aggregates unfolded; it takes nothing from the limits of shards. */
import type { Kinesis } from "@shardmill/local/rig";
import { deaggregate } from "../../../../src/kpl/deaggregate.ts";
import { formatPosition } from "../../../../src/record/position.ts";
import type { FatesTold } from "../events/dev-event.ts";
import { payloadText, payloadTitle, readPayload } from "../inspect/payload.ts";
import type { Feed } from "./feed.ts";
import { matches } from "./match.ts";
import { PageRefusal } from "./server.ts";

export interface ShownRecord {
  /** `<sequence number>`, or `<sequence number>.<subsequence number>` within an aggregate. */
  readonly position: string;
  readonly shardId: string;
  readonly partitionKey: string;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  /** `51 bytes of JSON` */
  readonly title: string;
  /** As `shardmill inspect` shows it; cut at 16,000 characters. */
  readonly text: string;
  /** To put it once more: the bytes in base64. */
  readonly data: string;
  readonly fate?: FatesTold["records"][number];
  /** What its function's own decoder makes of it. Absent: that cannot be had. */
  readonly decoded?: Decoded;
}

/** What a function's decoder makes of a record. */
export interface Decoded {
  /** The function. */
  readonly by: string;
  /** The value, as Node.js shows it. Absent: there is none. */
  readonly text?: string;
  /** Why it cannot be decoded. */
  readonly error?: string;
  /** The decoder, or a filter of its pipeline, leaves it out. */
  readonly dropped?: true;
}

export interface RecordsAnswer {
  readonly records: readonly ShownRecord[];
  /** Where to go on, by shard: pass it as `from`. */
  readonly next: string;
  /** How many records were looked at. */
  readonly looked: number;
  /** Every shard is read to its tip. */
  readonly atTip: boolean;
}

/** How many records one question looks at, and how many it shows. */
const mostLooked = 20_000;
const mostShown = 200;
const longestText = 16_000;

/** By shard id: the iterator to go on with; null: it is closed and read to its end. */
type Places = Record<string, string | null>;

/**
 * `from`: `TRIM_HORIZON`, `LATEST`, epoch milliseconds, a sequence number, or what an answer gave as `next`. `shard`: that one alone.
 * `search`: what the partition key, the position, the unique id or the text must contain.
 */
export function readRecords(
  kinesis: Kinesis,
  feed: Pick<Feed, "fateOf">,
  query: URLSearchParams,
): RecordsAnswer {
  const stream = query.get("stream") ?? "";
  const search = (query.get("search") ?? "").toLowerCase();
  const shown = Math.min(Number(query.get("most") ?? mostShown) || mostShown, mostShown);
  const places = placesOf(kinesis, stream, query.get("from") || "TRIM_HORIZON", query.get("shard"));
  const records: ShownRecord[] = [];
  let looked = 0;
  let atTip = true;
  for (const shardId of Object.keys(places)) {
    for (let iterator = places[shardId]; iterator; ) {
      const room = Math.min(shown - records.length, mostLooked - looked);
      if (room <= 0) {
        atTip = false;
        break;
      }
      // With a search most are passed over.
      const limit = search === "" ? room : Math.min(1_000, mostLooked - looked);
      const page = kinesis.getRecords({ shardIterator: iterator, limit, isLook: true });
      for (const record of page.records) {
        for (const one of unfolded(record, shardId)) {
          const fate = feed.fateOf(stream, one.position);
          const told = { ...one, ...(fate && { fate }) };
          if (matches(told, search)) records.push(told);
        }
      }
      looked += page.records.length;
      iterator = page.nextShardIterator ?? null;
      places[shardId] = iterator;
      if (page.millisBehindLatest === 0 && page.records.length === 0) break;
      if (page.millisBehindLatest > 0) continue;
      if (page.records.length < limit) break;
    }
  }
  return { records, next: JSON.stringify(places), looked, atTip };
}

/** The record at a position, for whoever shows a batch. */
export function recordsAt(
  kinesis: Kinesis,
  stream: string,
  shardId: string,
  sequenceNumbers: readonly string[],
): ShownRecord[] {
  const [first] = sequenceNumbers;
  if (first === undefined) return [];
  const wanted = new Set(sequenceNumbers);
  const found: ShownRecord[] = [];
  try {
    let iterator: string | undefined = kinesis.getShardIterator({
      ...{ stream, shardId, type: "AT_SEQUENCE_NUMBER", sequenceNumber: first },
      ...look,
    });
    for (let looked = 0; iterator && wanted.size > 0 && looked < mostLooked; ) {
      const page = kinesis.getRecords({ shardIterator: iterator, limit: 1_000, isLook: true });
      for (const record of page.records) {
        if (wanted.delete(record.sequenceNumber)) found.push(...unfolded(record, shardId));
      }
      looked += page.records.length;
      if (page.records.length === 0) break;
      iterator = page.nextShardIterator;
    }
  } catch {
    // Retention has taken them, or the stream is gone: what is known without them is shown.
  }
  return found;
}

/** An iterator for somebody who looks on. */
const look = { consumer: "page" };

function placesOf(kinesis: Kinesis, stream: string, from: string, shard: string | null): Places {
  if (from.startsWith("{")) {
    try {
      return JSON.parse(from) as Places;
    } catch {
      throw new PageRefusal("That is no place that an answer has given.");
    }
  }
  const all = kinesis.listShards({ stream }).map(({ shardId }) => shardId);
  const shards = all.filter((shardId) => !shard || shardId === shard);
  if (shards.length === 0) throw new PageRefusal(`${stream} has no shard ${shard}.`);
  const at = { stream, ...look };
  if (/^\d{56}(\.\d+)?$/.test(from)) {
    const sequenceNumber = from.split(".")[0]!;
    for (const shardId of shards) {
      try {
        const type = "AT_SEQUENCE_NUMBER" as const;
        return { [shardId]: kinesis.getShardIterator({ ...at, shardId, type, sequenceNumber }) };
      } catch {
        // Another shard's.
      }
    }
    throw new PageRefusal(`No shard of ${stream} has given the sequence number ${sequenceNumber}.`);
  }
  const position =
    from === "TRIM_HORIZON" || from === "LATEST"
      ? { type: from as "TRIM_HORIZON" | "LATEST" }
      : { type: "AT_TIMESTAMP" as const, timestamp: Number(from) };
  if ("timestamp" in position && !Number.isFinite(position.timestamp)) {
    throw new PageRefusal(`From ${from}? It takes TRIM_HORIZON, LATEST, a time or a number.`);
  }
  return Object.fromEntries(
    shards.map((shardId) => [shardId, kinesis.getShardIterator({ ...at, shardId, ...position })]),
  );
}

interface StreamRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  readonly approximateArrivalTimestamp: number;
}

function unfolded(record: StreamRecord, shardId: string): ShownRecord[] {
  const { approximateArrivalTimestamp: arrivedAt, data, partitionKey, sequenceNumber } = record;
  const inner = deaggregate(Buffer.from(data));
  if (!inner)
    return [shownRecord({ position: sequenceNumber, shardId, partitionKey, arrivedAt }, data)];
  return inner.map((one, subSequenceNumber) => {
    const position = formatPosition({ sequenceNumber, subSequenceNumber });
    return shownRecord({ position, shardId, partitionKey: one.partitionKey, arrivedAt }, one.data);
  });
}

function shownRecord(
  of: Pick<ShownRecord, "arrivedAt" | "partitionKey" | "position" | "shardId">,
  data: Uint8Array,
): ShownRecord {
  return { ...of, ...payloadShown(data) };
}

/** A payload, as a person reads it. */
export function payloadShown(data: Uint8Array): Pick<ShownRecord, "data" | "text" | "title"> {
  const payload = readPayload(data);
  const text = payloadText(payload) ?? "";
  return {
    title: payloadTitle(payload),
    text: text.length > longestText ? `${text.slice(0, longestText)}…` : text,
    data: Buffer.from(data).toString("base64"),
  };
}

/** Puts one record. `text` or `data`, which is base64. */
export function putRecord(
  kinesis: Kinesis,
  { data, explicitHashKey, partitionKey, stream, text }: Readonly<Record<string, unknown>>,
): { readonly shardId: string; readonly sequenceNumber: string } {
  const bytes =
    typeof data === "string" ? Buffer.from(data, "base64") : Buffer.from(String(text ?? ""));
  if (typeof stream !== "string" || !kinesis.listStreams().includes(stream)) {
    throw new PageRefusal(`There is no stream ${stream} here.`);
  }
  if (typeof partitionKey !== "string" || partitionKey === "") {
    throw new PageRefusal("A record needs a partition key: it decides the shard.");
  }
  return kinesis.putRecord({
    ...{ stream, partitionKey, data: bytes },
    ...(typeof explicitHashKey === "string" && explicitHashKey !== "" && { explicitHashKey }),
  });
}
