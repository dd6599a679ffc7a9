/** Where an iterator starts: the index of the first record that it will read. */

import { decodeSequenceNumber, endingIndex } from "../../../../src/record/sequence-number.ts";
import { constraintError } from "./constraint.ts";
import { invalidArgument } from "./error.ts";
import { type ShardState, shardIdOf } from "./shard.ts";
import type { StreamState } from "./state.ts";
import type { IteratorPosition } from "./types.ts";

export function startingPosition(
  stream: StreamState,
  shard: ShardState,
  position: IteratorPosition,
  now: number,
): number {
  const { log } = shard;
  checkCombination(position);
  switch (position.type) {
    case "TRIM_HORIZON":
      return log.first;
    case "LATEST":
      return log.next;
    case "AT_SEQUENCE_NUMBER":
      return Math.min(Number(indexIn(stream, shard, position.sequenceNumber)), log.next);
    case "AFTER_SEQUENCE_NUMBER": {
      const index = indexIn(stream, shard, position.sequenceNumber);
      // Nothing comes after the ending number of a closed shard, and AWS does not say so with an empty page.
      if (index === endingIndex) {
        throw invalidArgument(
          "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, SequenceNumber has reached max possible value for the shard.",
        );
      }
      return Math.min(Number(index) + 1, log.next);
    }
    case "AT_TIMESTAMP":
      checkTimestamp(position.timestamp, now);
      return log.firstArrivedFrom(position.timestamp);
  }
}

export function checkTimestamp(timestamp: number, now: number): void {
  if (timestamp <= now) return;
  throw invalidArgument(
    `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timestamp}, currentTimestampInMillis: ${now}`,
  );
}

const types = [
  "AFTER_SEQUENCE_NUMBER",
  "LATEST",
  "AT_TIMESTAMP",
  "AT_SEQUENCE_NUMBER",
  "TRIM_HORIZON",
];

/** Callers without types can combine what the type forbids. */
function checkCombination(position: IteratorPosition): void {
  const { type } = position;
  if (!types.includes(type)) {
    const rule = `Member must satisfy enum value set: [${types.join(", ")}]`;
    throw constraintError("shardIteratorType", type, rule);
  }
  if (type === "AT_TIMESTAMP") {
    if (Number.isFinite(position.timestamp)) return;
    throw invalidArgument(
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.",
    );
  }
  const given = (position as { sequenceNumber?: string }).sequenceNumber !== undefined;
  if (given === type.endsWith("_SEQUENCE_NUMBER")) return;
  throw invalidArgument(
    `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and ${given ? "also a" : "no"} StartingSequenceNumber.`,
  );
}

/** The index in a sequence number of this shard, which may be beyond the tip. */
function indexIn(stream: StreamState, shard: ShardState, sequenceNumber: string): bigint {
  const invalid = (why: string) =>
    invalidArgument(
      `StartingSequenceNumber ${sequenceNumber} used in GetShardIterator on shard ${shard.shardId} in stream ${stream.name} under account ${stream.accountId} is invalid${why}`,
    );
  const parts = decodeSequenceNumber(sequenceNumber);
  if (!parts) throw invalid(".");
  if (parts.shardIndex !== shard.index) {
    throw invalidArgument(
      `Invalid StartingSequenceNumber. It encodes ${shardIdOf(parts.shardIndex)}, while it was used in a call to a shard with ${shard.shardId}`,
    );
  }
  if (parts.shardCreatedAt !== shard.createdSeconds * 1000) {
    throw invalid(" because it did not come from this stream.");
  }
  return parts.index;
}
