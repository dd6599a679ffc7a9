/** A simulator under a clock that a test sets by hand, and the few steps that many tests share. */

import {
  createKinesis,
  type GetRecordsResult,
  type IteratorPosition,
  type Kinesis,
  KinesisError,
  type KinesisOptions,
} from "../../../packages/local/src/kinesis/index.ts";
import { type Clock, systemClock } from "../../../src/time/clock.ts";
import { seededRandom } from "../../../src/time/random.ts";

export const start = Date.UTC(2026, 0, 1);
export const hour = 3_600_000;
export const stream = "orders";

export interface HandClock extends Clock {
  time: number;
}

export function handClock(): HandClock {
  const clock = { ...systemClock, time: start, now: () => clock.time };
  return clock;
}

export function simulated(options: KinesisOptions = {}): { kinesis: Kinesis; clock: HandClock } {
  const clock = handClock();
  return { kinesis: createKinesis({ clock, random: seededRandom(1), ...options }), clock };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);

export const put = (kinesis: Kinesis, value: string, partitionKey = value) =>
  kinesis.putRecord({ stream, partitionKey, data: bytes(value) });

export function read(
  kinesis: Kinesis,
  shardId: string,
  position: IteratorPosition = { type: "TRIM_HORIZON" },
): GetRecordsResult {
  return kinesis.getRecords({
    shardIterator: kinesis.getShardIterator({ stream, shardId, ...position }),
  });
}

export const values = (result: GetRecordsResult): string[] =>
  result.records.map(({ data }) => text(data));

export const shardId = (index: number): string => `shardId-${String(index).padStart(12, "0")}`;

/** What the call was refused with. */
export function refusal(call: () => unknown): { code: string; message: string } {
  try {
    call();
  } catch (error) {
    if (error instanceof KinesisError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("The call was not refused.");
}
