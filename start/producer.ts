import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Kinesis, PutRecord, Shard } from "../packages/local/src/kinesis/types.ts";
import { effectiveHashKey } from "../src/kpl/hash-key.ts";
import { aggregate } from "../src/kpl.ts";
import type { Random } from "../src/time/random.ts";

/** A line of the data set, with the id that the producer gives it. */
export interface Flight {
  readonly id: string;
  readonly date: string;
  readonly origin: string;
  readonly destination: string;
  readonly delay: number;
  readonly distance: number;
}

/** 20,000 flights of the first quarter of 2001, from the npm package vega-datasets. */
export async function readFlights(): Promise<Flight[]> {
  const require = createRequire(import.meta.url);
  const file = require.resolve("vega-datasets/data/flights-20k.json");
  const lines: Omit<Flight, "id">[] = JSON.parse(await readFile(file, "utf8"));
  return lines.map((line, index) => ({ id: `flight-${index}`, ...line }));
}

export interface Sent {
  /** Kinesis records put, repeats included. */
  readonly records: number;
  /** User records in them. */
  readonly userRecords: number;
}

export interface PutOptions {
  readonly random: Random;
  readonly lostReplies: number;
  /** Waited for before the flight of this number. @default nothing: they are put at once */
  readonly pace?: (flight: number) => Promise<void> | undefined;
}

/**
 * Puts the flights as the KPL would: those of one shard together in one aggregate, keyed by
 * airport. Now and then a reply is lost, and the producer sends the same aggregate again.
 */
export async function putFlights(
  kinesis: Kinesis,
  stream: string,
  flights: readonly Flight[],
  { random, lostReplies, pace = () => undefined }: PutOptions,
): Promise<Sent> {
  const shards = openShards(kinesis, stream);
  const buffers = new Map<string, PutRecord[]>();
  let records = 0;
  let userRecords = 0;

  const send = (buffer: PutRecord[]) => {
    const record = aggregate(buffer);
    const times = random() < lostReplies ? 2 : 1;
    for (let time = 0; time < times; time++) {
      kinesis.putRecord({ stream, ...record });
      records++;
      userRecords += buffer.length;
    }
    buffer.length = 0;
  };

  for (const [number, flight] of flights.entries()) {
    const pause = pace(number);
    if (pause) await pause;
    const record = { partitionKey: flight.origin, data: Buffer.from(JSON.stringify(flight)) };
    const shardId = shardOf(record, shards);
    const buffer = buffers.get(shardId) ?? [];
    buffers.set(shardId, buffer);
    buffer.push(record);
    if (buffer.length >= 10 + 40 * random()) send(buffer);
  }
  for (const buffer of buffers.values()) if (buffer.length > 0) send(buffer);
  return { records, userRecords };
}

/** In the order of their hash keys. */
function openShards(kinesis: Kinesis, stream: string): readonly Shard[] {
  const end = ({ hashKeyRange }: Shard) => BigInt(hashKeyRange.endingHashKey);
  return kinesis
    .listShards({ stream, filter: { type: "AT_LATEST" } })
    .sort((one, other) => (end(one) < end(other) ? -1 : 1));
}

function shardOf(record: { partitionKey: string }, shards: readonly Shard[]): string {
  const hashKey = effectiveHashKey(record);
  const shard = shards.find(({ hashKeyRange }) => hashKey <= BigInt(hashKeyRange.endingHashKey));
  return shard!.shardId;
}
