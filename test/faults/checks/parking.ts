/** What is parked, when, and what becomes of what stands behind it. */
import type { ParkedRecord } from "../../../src/park/parking.ts";
import type { Book, PutRecord } from "../book.ts";
import type { Invocation } from "../invocation.ts";
import { type LogView, positionOf } from "../log-view.ts";
import type { Scenario } from "../scenario.ts";
import { isKnownUnder } from "../setup.ts";
import type { Known } from "./known.ts";

export interface ParkingOptions {
  readonly book: Book;
  readonly scenario: Scenario;
  readonly known: Known;
  readonly logs: LogView;
  readonly now: () => number;
  readonly checkAttempts: (record: PutRecord, failures: number, invocation: Invocation) => void;
  readonly firstClaimed: (record: PutRecord) => number;
}

export function createParking({ book, scenario, known, logs, now, ...attempts }: ParkingOptions) {
  const { checkAttempts, firstClaimed } = attempts;
  const { clocks } = scenario.host;
  const spread = clocks[1] - clocks[0];
  const { hasNoPlace, resetOf } = known;

  /** What was parked by somebody who could say so is not run again. */
  function checkParked(record: PutRecord, invocation: Invocation): void {
    const { environmentId, read, setup } = invocation;
    // One that was parked unrun was parked without its id.
    if (hasNoPlace(record) || known.standsFirst(record, invocation)) return;
    if (resetOf(record.shardId, setup)) return;
    const by = record.parkedBy.find(
      ({ appendFailed, end, ended, setup: own, wasFrozen }) =>
        own.epoch === setup.epoch &&
        isKnownUnder(record.uid, own, setup) &&
        end === "answered" &&
        !appendFailed &&
        !wasFrozen &&
        ended! < (read?.at ?? 0),
    );
    if (!by) return;
    const said = `invocation ${by.id} had parked it and ended well`;
    book.violate("parking", `${environmentId} ran ${book.name(record)}, but ${said}`);
  }

  /** What follows a parked record of its key follows it, where that was asked for. */
  function checkParkedKey(record: PutRecord, invocation: Invocation): void {
    const { setup } = invocation;
    if (setup.park?.afterPark !== "parkKey" || hasNoPlace(record)) return;
    const reset = resetOf(record.shardId, setup)?.n ?? 0;
    const parked = new Set(
      logs.entries(record.shardId, setup.epoch).flatMap((entry) => {
        const isKnown = entry.n <= known.knownTo(invocation) && entry.n > reset;
        return isKnown ? entry.parked : [];
      }),
    );
    // Without an order it may have begun before.
    const isParkedHere = ({ parkedBy }: PutRecord) =>
      setup.order !== "none" && parkedBy.includes(invocation);
    const before = [...book.records.values()].find(
      (other) =>
        other.key === record.key &&
        other.shardId === record.shardId &&
        other.n < record.n &&
        other.parkedItsKey &&
        !other.isBack &&
        (parked.has(positionOf(other)) || isParkedHere(other)),
    );
    if (!before || hasNoPlace(before)) return;
    const said = `${book.name(before)} of its key was parked before`;
    book.violate("parking", `${book.name(record)} was run, and ${said}`);
  }

  /** Somebody has a record parked. */
  function parks(
    record: PutRecord,
    { attempts, name }: ParkedRecord,
    invocation: Invocation,
  ): void {
    const isFinal =
      record.behaviour === "final" || (record.where === "decode" && record.behaviour !== undefined);
    const park = invocation.setup.park!;
    const keyIsParked = [...book.records.values()].some(
      (other) => other.key === record.key && other.parkedItsKey,
    );
    record.wasParked = true;
    record.parkedIn.add(invocation.setup.epoch);
    if (name !== undefined) record.parkedAs.add(name);
    record.isBack = false;
    if (park.afterPark === "parkKey") record.parkedItsKey = true;
    // A key that was parked stays so under other options.
    if (hasNoPlace(record) || isFinal || keyIsParked) return;
    checkAttempts(record, attempts, invocation);
    if (attempts < park.maxAttempts) {
      book.violate("parking", `${book.name(record)} was parked after ${attempts} attempts`);
    }
    const isOldEnough = now() - firstClaimed(record) >= park.parkAfterInSeconds * 1000 - spread;
    if (!isOldEnough) {
      book.violate("parking", `${book.name(record)} was parked before its time`);
    }
  }

  /** A parked record is confirmed. */
  function confirms(record: PutRecord, position: string, { setup }: Invocation): void {
    record.wasConfirmed = true;
    const entries = logs.entries(record.shardId, setup.epoch);
    if (entries.some(({ parked }) => parked.includes(position))) return;
    book.violate("parking", `${book.name(record)} was confirmed, and no entry calls it parked`);
  }

  return { checkParked, checkParkedKey, parks, confirms };
}
