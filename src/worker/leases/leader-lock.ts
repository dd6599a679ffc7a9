/**
 * The lock by which a fleet of KCL 3 knows its leader: a row of the lease table, as AWS's lock client for DynamoDB writes it. It is free where
 * it is not there or says that it was given up, and where its version has stood still for as long as it says itself, on the clock of whoever
 * watches. All that a leader writes besides is conditional, so two at once do no harm: who leads is whom the row names.
 */
import { type Random, randomUuid } from "../../time/random.ts";
import { atLeastSince, atMostSince, type Moment, momentOf, type WorkerClock } from "../elapsed.ts";
import { hasLock, isLock, lockKey } from "./generation.ts";
import { type Row, type RowWrite, text, textIn, written } from "./row.ts";
import type { LeaseTable } from "./table.ts";

export interface LeaderLockOptions {
  readonly table: LeaseTable;
  readonly me: string;
  readonly clock: WorkerClock;
  readonly random: Random;
  /** How long others wait for a sign of life, in milliseconds. KCL's own has 120,000. */
  readonly lastsMs: number;
}

export interface LeaderLock {
  /** All rows of a look. */
  see(rows: readonly Row[]): void;
  /** Who leads; undefined: nobody does. */
  readonly leader: string | undefined;
  readonly isMine: boolean;
  /** Whoever wants it may take it. */
  readonly isFree: boolean;
  /** Takes it if it is free, and shows a sign of life if it is this worker's. */
  keep(): Promise<void>;
  /** Gives it up, if it is this worker's: another takes it at its next look. */
  giveUp(): Promise<void>;
}

/** For a lock that does not say it in digits. */
const kclMs = 120_000;

export function leaderLock({ table, me, clock, random, lastsMs }: LeaderLockOptions): LeaderLock {
  let row: Row | undefined;
  let isHere = false;
  /** When its version was seen, or written, for the first time. */
  let since: Moment | undefined;

  const said = (name: string) => row && textIn(row, name);
  const isReleased = () => said("isReleased") !== undefined;
  const owner = () => (isReleased() ? undefined : said("ownerName"));
  const isMine = () => owner() === me;
  const value = (name: string) => row?.[name];

  function isFree(): boolean {
    if (owner() === undefined) return isHere;
    const duration = said("leaseDuration") ?? "";
    const lasts = /^\d+$/.test(duration) ? Number(duration) : kclMs;
    return since !== undefined && atLeastSince(since, clock) > lasts;
  }

  function signs(): Row {
    return {
      leaseDuration: text(String(Math.ceil(lastsMs))),
      recordVersionNumber: text(randomUuid(random)),
    };
  }

  const taken = (): RowWrite => ({
    ...{ key: lockKey, kind: "put" },
    expect: row
      ? {
          recordVersionNumber: value("recordVersionNumber"),
          isReleased: value("isReleased"),
        }
      : { leaseKey: undefined },
    set: { entityType: text("LEADER"), ownerName: text(me), ...signs() },
  });

  /** The lock is this worker's, as it was seen last. */
  const asMine = (): RowWrite["expect"] => ({
    recordVersionNumber: value("recordVersionNumber"),
    ownerName: text(me),
  });

  async function write(change: RowWrite): Promise<boolean> {
    const sent = momentOf(clock);
    const done = await table.write(change);
    if (done) [row, since] = [written(row, change), sent];
    return done;
  }

  const remove = () => write({ key: lockKey, kind: "delete", expect: asMine() });

  return {
    see(rows) {
      const before = said("recordVersionNumber");
      row = rows.find(isLock);
      isHere = hasLock(rows);
      if (since === undefined || said("recordVersionNumber") !== before) since = momentOf(clock);
    },
    get leader() {
      return owner();
    },
    get isMine() {
      return isMine();
    },
    get isFree() {
      return isFree();
    },
    async keep() {
      if (!isMine()) {
        if (isFree()) await write(taken());
      } else if (since === undefined || atMostSince(since, clock) >= lastsMs / 3) {
        await write({ key: lockKey, kind: "update", expect: asMine(), set: signs() });
      }
    },
    async giveUp() {
      if (!isMine() || (await remove())) return;
      // The last renewal may have happened without a reply.
      row = await table.get(lockKey);
      if (isMine()) await remove();
    },
  };
}
