/** Where an iterator starts: the index of the first record that it will read. */

import { decodeSequenceNumber } from "../../../../src/record/sequence-number.ts";
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
      return indexIn(stream, shard, position.sequenceNumber);
    case "AFTER_SEQUENCE_NUMBER":
      return Math.min(indexIn(stream, shard, position.sequenceNumber) + 1, log.next);
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

/** The index in a sequence number of this shard; beyond the tip it is the tip. */
function indexIn(stream: StreamState, shard: ShardState, sequenceNumber: string): number {
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
  return Math.min(Number(parts.index), shard.log.next);
}
