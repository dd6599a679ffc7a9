/** Making the leases that a stream needs and the table has not: the first ones, or those that are missing. */
import { NoAnswer } from "../../aws/in-time.ts";
import { atMost } from "../at-most.ts";
import { atMostSince, momentOf, type WorkerClock } from "../elapsed.ts";
import type { WorkerEvent } from "../events.ts";
import { type Lease, leaseIn, type NewLease } from "../leases/lease.ts";
import { textIn } from "../leases/row.ts";
import type { LeaseTable } from "../leases/table.ts";
import { create, setHashKeys } from "../leases/writes.ts";
import {
  type InitialPosition,
  initialCheckpoint,
  initialRead,
  inStream,
  type KnownStream,
  streamOf,
} from "../streams.ts";
import { firstLeases, type ListedShard, missingLeases } from "./sync.ts";

export interface MakingOptions {
  readonly table: LeaseTable;
  readonly clock: WorkerClock;
  readonly streams: readonly KnownStream[];
  readonly initialPosition: InitialPosition;
  readonly tell: (event: WorkerEvent) => void;
}

export interface Making {
  /** Of a stream that has no leases. Whether it has made some. */
  first(known: KnownStream): Promise<boolean>;
  /** Beside those that are there. Whether it has made some. */
  missing(known: KnownStream): Promise<boolean>;
}

/** What was read longer ago says nothing of which leases to make: one may have come, ended and gone meanwhile. */
const oldAfter = 15_000;
const writesAtOnce = 10;

export function making(options: MakingOptions): Making {
  const { table, clock, streams, initialPosition, tell } = options;
  const initial = initialCheckpoint(initialPosition);

  /** Makes what is missing beside the leases that are there, as they are read now. */
  async function make(
    known: KnownStream,
    missingBeside: (ofStream: readonly Lease[], all: readonly Lease[]) => readonly NewLease[],
  ): Promise<boolean> {
    const since = momentOf(clock);
    const rows = await table.scan();
    const all = rows.flatMap((row) => leaseIn(row) ?? []);
    const ofStream = all.filter((lease) => streamOf(streams, lease) === known);
    const missing = missingBeside(ofStream, all).map((lease) => sinceNow(inStream(known, lease)));
    const passed = atMostSince(since, clock);
    if (passed > oldAfter) {
      throw new NoAnswer(
        `Leases of ${known.name} were not made: reading the table took ${Math.round(passed / 1000)} s. It is read again.`,
      );
    }
    const taken = new Set(rows.map((row) => textIn(row, "leaseKey")));
    for (const { key } of missing.filter((lease) => taken.has(lease.key))) tellNoLease(key);
    const made = await atMost(writesAtOnce, missing, (lease) => table.write(create(lease)));
    return made.includes(true);
  }

  /** The tip is that of now, whoever reads first. */
  const sinceNow = (lease: NewLease): NewLease =>
    lease.checkpoint.sequenceNumber === "LATEST"
      ? { ...lease, latestSince: Math.trunc(clock.now()) }
      : lease;

  function tellNoLease(key: string): void {
    const error = new Error(
      `The lease table has a row ${key} that is no lease: its leaseCounter is no number, or its entityType another. Nobody reads the shard. Delete the row, and the lease is made.`,
    );
    tell({ type: "trouble", doing: `making the lease ${key}`, error });
  }

  /** Rows of old versions have no hash keys. Without them nobody can see in the table whether something is missing. */
  async function describe(leases: readonly Lease[], shards: readonly ListedShard[]): Promise<void> {
    const listed = new Map(shards.map((shard) => [shard.shardId, shard.hashKeys]));
    const writes = leases.flatMap((lease) => {
      const hashKeys = lease.hashKeys ? undefined : listed.get(lease.shardId);
      return hashKeys ? setHashKeys(lease, hashKeys) : [];
    });
    await atMost(writesAtOnce, writes, (write) => table.write(write));
  }

  return {
    async first(known) {
      const shards = await known.stream.listShards(initialRead(initialPosition));
      return make(known, (found, all) => {
        if (found.length > 0) return [];
        refuseOtherKeys(known, all);
        return firstLeases(shards, initial);
      });
    },
    async missing(known) {
      const shards = await known.stream.listShards();
      let found: readonly Lease[] = [];
      const isMade = await make(known, (leases) => {
        found = leases;
        return missingLeases(shards, leases, initial);
      });
      await describe(found, shards);
      return isMade;
    },
  };
}

/** Throws where the positions of the stream are in the table under keys of the other kind: it would be read from the initial position, without a word. */
function refuseOtherKeys({ identifier, name }: KnownStream, leases: readonly Lease[]): void {
  const other = leases.find(({ streamName, shardId }) =>
    identifier === undefined
      ? streamName?.split(":")[1] === name
      : streamName === undefined && /^shardId-\d+$/.test(shardId),
  );
  if (!other) return;
  const [has, wanted] =
    identifier === undefined
      ? ["name their stream", `a list of streams (stream: ["${name}"]) goes on with them`]
      : ["are of one stream alone", 'that one as a name alone (stream: "…") goes on with them'];
  throw new Error(
    `The lease table has leases that ${has} (${other.key}), and with the streams that were given ${name} would be read from the initial position. ${wanted[0]!.toUpperCase()}${wanted.slice(1)}; to begin anew, delete the rows or choose another application.`,
  );
}
