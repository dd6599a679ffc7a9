/** Putting records: checked as a request, then written one by one. */

import { decodeSequenceNumber } from "../../../../src/record/sequence-number.ts";
import { constraintError } from "./constraint.ts";
import { dryRunDone, invalidArgument } from "./error.ts";
import type { Recorder } from "./recorder.ts";
import { type ShardState, sequenceNumberOf } from "./shard.ts";
import type { StreamState } from "./state.ts";
import { route, routeExplicitly } from "./stream.ts";
import { rateExceeded, type Throughput } from "./throughput.ts";
import type { PutRecord, PutRecordsResult, PutResult } from "./types.ts";

const mostRecords = 500;
const mostRequestBytes = 10 * 1024 * 1024;

/** What takes the records. */
export interface Taking {
  readonly throughput: Throughput;
  readonly recorder: Recorder;
  /** Asked for each record; may refuse it as if its shard were full. */
  readonly refuses?: (() => boolean) | undefined;
  /** Only checks: what would have been written ends in DryRunOperationException. */
  readonly dryRun?: boolean | undefined;
}

/** A record that has passed every check, and the shard that it goes to. */
interface Routed {
  readonly record: PutRecord;
  readonly shard: ShardState;
  readonly keyLength: number;
}

export function putOne(
  stream: StreamState,
  record: PutRecord,
  ordering: string | undefined,
  now: number,
  taking: Taking,
): PutResult {
  const routed = check(stream, record, undefined);
  if (ordering !== undefined) checkOrdering(stream, ordering, now);
  if (taking.dryRun) throw dryRunDone();
  const result = write(stream, routed, now, taking);
  if (!result) throw rateExceeded(stream, routed.shard);
  return result;
}

export function putMany(
  stream: StreamState,
  records: readonly PutRecord[],
  now: number,
  taking: Taking,
): PutRecordsResult {
  checkCount(records.length);
  const routed = records.map((record, i) => check(stream, record, i + 1));
  let bytes = 0;
  for (const { record, keyLength } of routed) bytes += record.data.length + keyLength;
  if (bytes > mostRequestBytes) throw invalidArgument("Records size exceeds 10 MB limit");
  if (taking.dryRun) throw dryRunDone();
  let failedRecordCount = 0;
  const results = routed.map((one) => {
    const result = write(stream, one, now, taking);
    if (result) return result;
    failedRecordCount++;
    const { code, message } = rateExceeded(stream, one.shard);
    return { errorCode: code, errorMessage: message };
  });
  return { failedRecordCount, records: results };
}

/** Undefined: the shard takes no more in this second. */
function write(
  stream: StreamState,
  { record, shard, keyLength }: Routed,
  now: number,
  { throughput, recorder, refuses }: Taking,
): PutResult | undefined {
  const { data, partitionKey } = record;
  if (refuses?.()) return undefined;
  if (!throughput.write(stream, shard, data.length + keyLength, now)) return undefined;
  const index = shard.log.append(now, partitionKey, keyLength, data);
  const arrival = shard.log.lastArrival;
  recorder.record(stream, shard, { index, arrival, partitionKey, keyLength, data });
  const sequenceNumber = sequenceNumberOf(shard, index, arrival);
  return { shardId: shard.shardId, sequenceNumber };
}

/** `place` is where in the request errors say that the record is, counted from 1; undefined: it is the only one. */
function check(stream: StreamState, record: PutRecord, place: number | undefined): Routed {
  const { data, partitionKey, explicitHashKey } = record;
  checkPartitionKey(partitionKey, place);
  const keyLength = Buffer.byteLength(partitionKey);
  const most = stream.maxRecordSizeInKiB * 1024;
  if (data.length + keyLength > most) {
    const rule = `Member must have length less than or equal to ${most}`;
    throw constraintError(member(place, "data"), undefined, rule);
  }
  const shard =
    explicitHashKey === undefined
      ? route(stream, partitionKey)
      : routeExplicitly(stream, explicitHashKey, member(place, "explicitHashKey"));
  return { record, shard, keyLength };
}

/** "data", or "records.3.member.data". */
const member = (place: number | undefined, name: string) =>
  place === undefined ? name : `records.${place}.member.${name}`;

function checkPartitionKey(partitionKey: string, place: number | undefined): void {
  if (partitionKey.length === 0) {
    const rule = "Member must have length greater than or equal to 1";
    throw constraintError(member(place, "partitionKey"), partitionKey, rule);
  }
  // Characters are code points; only a key of many UTF-16 units needs them counted.
  if (partitionKey.length > 256 && [...partitionKey].length > 256) {
    const rule = "Member must have length less than or equal to 256";
    throw constraintError(member(place, "partitionKey"), partitionKey, rule);
  }
}

function checkCount(count: number): void {
  if (count === 0) {
    throw constraintError("records", "[]", "Member must have length greater than or equal to 1");
  }
  if (count > mostRecords) {
    const rule = `Member must have length less than or equal to ${mostRecords}`;
    throw constraintError("records", undefined, rule);
  }
}

/** A number that a shard has not given yet is refused; all others are below what comes next. */
function checkOrdering(stream: StreamState, sequenceNumber: string, now: number): void {
  const parts = decodeSequenceNumber(sequenceNumber);
  const shard = parts && [...stream.shards.values()].find((s) => s.index === parts.shardIndex);
  const given = shard
    ? parts.index < BigInt(shard.log.next)
    : parts && Math.max(parts.putAt, parts.shardCreatedAt) <= now;
  if (given) return;
  throw invalidArgument(
    `ExclusiveMinimumSequenceNumber ${sequenceNumber} used in PutRecord on stream ${stream.name} under account ${stream.accountId} is invalid.`,
  );
}
