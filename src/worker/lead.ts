/**
 * What one worker does for all: it makes leases that are missing, and removes those of no more use. Everything here is conditional and may
 * be done by several at once; that one leads only saves calls.
 */

import { atMostSince, type Moment, momentOf } from "./elapsed.ts";
import { leaderAmong } from "./leases/java-shuffle.ts";
import { isAtEnd, type Lease } from "./leases/lease.ts";
import { remove } from "./leases/writes.ts";
import { finishedLeases, forgottenLeases } from "./shards/clean-up.ts";
import { earlierLeases } from "./shards/earlier.ts";
import { type MakingOptions, making } from "./shards/making.ts";
import { coversAll } from "./shards/sync.ts";
import { type KnownStream, streamOf } from "./streams.ts";

export interface Leading {
  /**
   * At the first look, and where there is doubt: removes the leases of an earlier stream of the same name. Whether there were
   * some.
   */
  dropEarlier(leases: readonly Lease[]): Promise<boolean>;
  /** The stream may have been deleted and made again: a position is not of this stream. */
  doubt(known: KnownStream): void;
  /**
   * At each look: makes the leases of streams that have none, and, after a while, those that are missing. Whether it has made
   * some.
   */
  fill(leases: readonly Lease[], leads: boolean): Promise<boolean>;
  /** Makes the leases that are missing of a stream now. */
  sync(known: KnownStream): Promise<boolean>;
  /** At each look: now and then removes what is of no more use. */
  cleanUp(leases: readonly Lease[], leads: boolean): Promise<void>;
}

/** A lease may be missing for a moment: the leader waits for so many looks, others for a leader that does not come. */
const looksBeforeSync = { leader: 3, others: 12 };
/** In milliseconds. A leader of KCL 2 removes only what it has ended itself, so the others do it, too. */
const cleanUpEvery = { leader: 30_000, others: 300_000 };
/** Each so many rounds ListShards is asked what the stream has forgotten. */
const roundsBeforeListing = 60;
/** A listing may be behind: what only two of them prove is looked at again after so many looks. */
const looksBetweenListings = 30;

/** The worker cannot go on. */
export class StreamMadeAgain extends Error {
  override readonly name = "StreamMadeAgain";
}

/** Whether one leads a fleet without a lock. The owner of a shard that has ended may be gone for long; of one that has not, somebody takes its place. */
export function leadsAmong(leases: readonly Lease[], me: string): boolean {
  const leader = leaderAmong(leases.filter((one) => !isAtEnd(one)).map(({ owner }) => owner));
  return leader === undefined || leader === me;
}

export function leading(options: MakingOptions): Leading {
  const { table, clock, streams, tell } = options;
  const make = making(options);
  const holes = new Map<KnownStream, number>();
  /** Streams to be compared with their leases, after so many looks, and the leases that were in doubt the last time. */
  const doubted = new Map<KnownStream, { looks: number; before: readonly string[] }>(
    streams.map((known) => [known, { looks: 0, before: [] }]),
  );
  let rounds = 0;
  let cleanedUp: Moment | undefined;

  const ofStream = (known: KnownStream, leases: readonly Lease[]) =>
    leases.filter((lease) => streamOf(streams, lease) === known);

  async function dropOne(known: KnownStream, leases: readonly Lease[]): Promise<boolean> {
    const { looks, before } = doubted.get(known)!;
    if (looks > 0) {
      doubted.set(known, { looks: looks - 1, before });
      return false;
    }
    const earlier = leases.length > 0 && earlierLeases(await known.stream.listShards(), leases);
    doubted.delete(known);
    if (!earlier) return false;
    const { proofs, doubts } = earlier;
    if (proofs.length === 0 && !doubts.some(({ key }) => before.includes(key))) {
      const again = { looks: looksBetweenListings, before: doubts.map(({ key }) => key) };
      if (doubts.length > 0) doubted.set(known, again);
      return false;
    }
    const removed = earlier.leases.map(async (lease) => {
      if (!(await table.write(remove(lease)))) return;
      tell({ type: "dropped", shardId: lease.key, checkpoint: lease.checkpoint.sequenceNumber });
    });
    await Promise.all(removed);
    return true;
  }

  function doubt(known: KnownStream): void {
    doubted.set(known, { looks: 0, before: doubted.get(known)?.before ?? [] });
  }

  async function sync(known: KnownStream): Promise<boolean> {
    if (!doubted.has(known)) doubt(known);
    return make.missing(known);
  }

  /** Where keys name the time of the stream's creation, another stream needs other keys. */
  async function refuseAnother({ createdAt, identifier, name, stream }: KnownStream) {
    if (identifier === undefined || (await stream.describe()).createdAt === createdAt) return;
    throw new StreamMadeAgain(
      `The stream ${name} was deleted and made again; with several streams the leases are those of the one that is gone. Start the worker anew.`,
    );
  }

  async function fillOne(
    known: KnownStream,
    leases: readonly Lease[],
    leads: boolean,
  ): Promise<boolean> {
    if (leases.length === 0) {
      await refuseAnother(known);
      return make.first(known);
    }
    if (coversAll(leases.flatMap((lease) => (isAtEnd(lease) ? [] : (lease.hashKeys ?? []))))) {
      holes.delete(known);
      return false;
    }
    const looks = (holes.get(known) ?? 0) + 1;
    holes.set(known, looks);
    if (looks < (leads ? looksBeforeSync.leader : looksBeforeSync.others)) return false;
    holes.delete(known);
    return sync(known);
  }

  async function cleanUpOne(known: KnownStream, leases: readonly Lease[]): Promise<void> {
    const useless = new Set(finishedLeases(leases));
    const ended = leases.filter((lease) => isAtEnd(lease) && !useless.has(lease));
    if (ended.length > 0 && rounds % roundsBeforeListing === 0) {
      const listed = new Set((await known.stream.listShards()).map(({ shardId }) => shardId));
      for (const lease of forgottenLeases(ended, listed)) useless.add(lease);
    }
    for (const lease of useless) await table.write(remove(lease));
  }

  return {
    sync,
    doubt,
    async dropEarlier(leases) {
      let dropped = false;
      for (const known of [...doubted.keys()]) {
        try {
          if (await dropOne(known, ofStream(known, leases))) dropped = true;
        } catch (error) {
          tell({ type: "trouble", doing: `comparing the leases of ${known.name} with it`, error });
        }
      }
      return dropped;
    },
    async fill(leases, leads) {
      const filling = streams.map((known) => fillOne(known, ofStream(known, leases), leads));
      const results = await Promise.allSettled(filling);
      const failed = results.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
      if (failed.length > 0)
        throw failed.find((one) => one instanceof StreamMadeAgain) ?? failed[0];
      return results.some((one) => one.status === "fulfilled" && one.value);
    },
    async cleanUp(leases, leads) {
      const every = leads ? cleanUpEvery.leader : cleanUpEvery.others;
      const isTime = cleanedUp ? atMostSince(cleanedUp, clock) >= every : leads;
      if (isTime || !cleanedUp) cleanedUp = momentOf(clock);
      if (!isTime) return;
      rounds++;
      for (const known of streams) await cleanUpOne(known, ofStream(known, leases));
    },
  };
}
