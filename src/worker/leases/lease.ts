/** A lease, and the row of the lease table that it is: attribute for attribute as the Kinesis Client Library has it. */
import { compareSequenceNumbers } from "../../record/position.ts";
import { number, numberIn, type Row, text, textIn, textsIn, type Value } from "./row.ts";

/** How far a shard is done. Before any record: where reading begins. */
export interface Checkpoint {
  /** A sequence number, or `TRIM_HORIZON`, `LATEST`, `AT_TIMESTAMP`, `SHARD_END`. */
  readonly sequenceNumber: string;
  /** The last one of an aggregate that is done, from 0 on. */
  readonly subSequenceNumber: number;
}

/** A shard, who has it, and how far it is done. */
export interface Lease {
  /** The shard's id; with several streams `account:stream:creation epoch:shard`. */
  readonly key: string;
  readonly owner: string | undefined;
  /** Moves with each sign of life of the owner. */
  readonly counter: number;
  readonly ownerSwitchesSinceCheckpoint: number;
  readonly checkpoint: Checkpoint;
  readonly parents: readonly string[];
  /** Once the shard has been read to its end. */
  readonly children: readonly string[];
  readonly hashKeys: HashKeys | undefined;
  /** During a handoff: who still processes. `owner` comes after it. */
  readonly checkpointOwner: string | undefined;
  readonly throughputKBps: number | undefined;
  /** Of a lease that begins at LATEST: when it was made, in epoch milliseconds. Ours alone: the KCL leaves it where it is. */
  readonly latestSince: number | undefined;
  /** With several streams: the stream and the shard. */
  readonly streamName: string | undefined;
  readonly shardId: string;
}

/** The hash keys of a shard, decimal, both inclusive. */
export interface HashKeys {
  readonly starting: string;
  readonly ending: string;
}

export const at = (sequenceNumber: string, subSequenceNumber = 0): Checkpoint => ({
  sequenceNumber,
  subSequenceNumber,
});

export const shardEnd = at("SHARD_END");

export const isAtEnd = ({ checkpoint }: Pick<Lease, "checkpoint">) =>
  checkpoint.sequenceNumber === "SHARD_END";

/** Some of its shard is done. */
export const hasBegun = (lease: Pick<Lease, "checkpoint">) =>
  isNumber(lease.checkpoint) || isAtEnd(lease);

/** Who processes a lease's shard: during a handoff the old owner. */
export const processing = ({ owner, checkpointOwner }: Pick<Lease, "owner" | "checkpointOwner">) =>
  checkpointOwner ?? owner;

const isDecimal = (text: string | undefined): text is string => /^\d+$/.test(text ?? "");

/** A place in the shard, and not a word. */
export const isNumber = ({ sequenceNumber }: Checkpoint) => isDecimal(sequenceNumber);

const words = ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"];
const rank = ({ sequenceNumber }: Checkpoint) => {
  if (sequenceNumber === "SHARD_END") return words.length + 1;
  const word = words.indexOf(sequenceNumber);
  return word < 0 ? words.length : word;
};

/** TRIM_HORIZON, LATEST, AT_TIMESTAMP, then numbers, then SHARD_END. */
export function compareCheckpoints(one: Checkpoint, other: Checkpoint): number {
  const ranks = rank(one) - rank(other);
  if (ranks !== 0 || !isNumber(one)) return ranks;
  return (
    compareSequenceNumbers(one.sequenceNumber, other.sequenceNumber) ||
    one.subSequenceNumber - other.subSequenceNumber
  );
}

/**
 * The lease that a row is; undefined for a row of another kind. KCL 3.5 keeps its leader and its workers' metrics
 * among the leases, and says so in `entityType`.
 */
export function leaseIn(row: Row): Lease | undefined {
  const kind = textIn(row, "entityType") ?? "LEASE";
  const key = textIn(row, "leaseKey");
  const counter = numberIn(row, "leaseCounter");
  if (kind !== "LEASE" || key === undefined || counter === undefined) return undefined;
  const starting = textIn(row, "startingHashKey");
  const ending = textIn(row, "endingHashKey");
  return {
    key,
    owner: textIn(row, "leaseOwner"),
    counter,
    ownerSwitchesSinceCheckpoint: numberIn(row, "ownerSwitchesSinceCheckpoint") ?? 0,
    checkpoint: at(
      textIn(row, "checkpoint") ?? "TRIM_HORIZON",
      numberIn(row, "checkpointSubSequenceNumber") ?? 0,
    ),
    parents: textsIn(row, "parentShardId"),
    children: textsIn(row, "childShardIds"),
    hashKeys: isDecimal(starting) && isDecimal(ending) ? { starting, ending } : undefined,
    checkpointOwner: textIn(row, "checkpointOwner"),
    throughputKBps: numberIn(row, "throughputKBps"),
    latestSince: numberIn(row, "latestSince"),
    streamName: textIn(row, "streamName"),
    shardId: textIn(row, "shardId") ?? key,
  };
}

/**
 * Leases that cannot begin: that of a parent is not at its end. Whoever has room for some only takes others first; those that it waits for might never come to anybody.
 */
export function waiting(leases: readonly Lease[]): ReadonlySet<Lease> {
  const name = (shardId: string, { streamName }: Lease) => `${streamName} ${shardId}`;
  const open = new Set(
    leases.flatMap((lease) => (isAtEnd(lease) ? [] : name(lease.shardId, lease))),
  );
  return new Set(
    leases.filter((lease) => lease.parents.some((parent) => open.has(name(parent, lease)))),
  );
}

/** What a lease's row says of a checkpoint. */
export const checkpointAttributes = (checkpoint: Checkpoint): Row => ({
  checkpoint: text(checkpoint.sequenceNumber),
  checkpointSubSequenceNumber: number(checkpoint.subSequenceNumber),
});

/** Sets must not be empty. */
export const set = (name: string, values: readonly string[]): Record<string, Value> =>
  values.length > 0 ? { [name]: { SS: values } } : {};

/** What is known of a lease that nobody has had yet. */
export type NewLease = Pick<Lease, "key" | "checkpoint" | "parents" | "hashKeys"> &
  Partial<Pick<Lease, "streamName" | "shardId" | "latestSince">>;

/** Its row, without the key. */
export function newRow({
  key,
  checkpoint,
  parents,
  hashKeys,
  latestSince,
  streamName,
  shardId,
}: NewLease): Row {
  return {
    leaseCounter: number(0),
    ownerSwitchesSinceCheckpoint: number(0),
    ...checkpointAttributes(checkpoint),
    ...set("parentShardId", parents),
    ...(latestSince !== undefined && { latestSince: number(latestSince) }),
    ...(hashKeys && {
      startingHashKey: text(hashKeys.starting),
      endingHashKey: text(hashKeys.ending),
    }),
    ...(streamName !== undefined && {
      streamName: text(streamName),
      shardId: text(shardId ?? key),
    }),
  };
}
