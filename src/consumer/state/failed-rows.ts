/**
 * Rows that fail: how often stands in the log, as of records; and what fails for good is parked as what it is, a row. The log says in one append
 * that a row is parked and that it is due no more, so that its shard goes on.
 */
import { hash } from "../../kpl/hash.ts";
import { parkedRowName, rowData } from "../../park/parked-row.ts";
import type { ParkedRecord } from "../../park/parking.ts";
import { writeName } from "../../progress/fingerprint.ts";
import { numberBefore } from "../../record/position.ts";
import { type BatchRun, freshPlaces, type Naming, type ParkingSteps } from "../batch-run.ts";
import type { DueRow } from "../machine.ts";
import type { ShardState } from "./shard-state.ts";

/** What the log says of a row that is due, and as what it is parked. */
export function failuresIn(
  { failures }: ShardState,
  rows: readonly DueRow[],
  log: string,
  runOf: () => BatchRun<unknown>,
): Pick<Naming, "failures" | "parkedAs"> {
  return {
    failures: rows.map(({ slot }) => ({
      attempts: 0,
      ...failures.get(slot),
      saidBy: Number.POSITIVE_INFINITY,
    })),
    parkedAs(place): Partial<ParkedRecord> {
      const { batch, reads } = runOf();
      const { id, output, value } = rows[place]!;
      const { sequenceNumber, shardId } = batch.records[place]!;
      writeName(reads.names, place, parkedRowName(id));
      const before = placeBefore(log);
      return {
        // As the inner records of one place are told apart: by what the log calls it.
        id: `${log}#${before}#${hash("sha256", parkedRowName(id)).slice(0, 32)}`,
        sequenceNumber: before,
        shardId: batch.shardId,
        uniqueId: undefined,
        data: rowData(value),
        row: { id, output, sequenceNumber, shardId },
      };
    },
  };
}

/** A row stands at no place of its shard: before all records, where nothing else does. */
export const placeBefore = (log: string) => numberBefore(Number(log.split("#")[2]));

/** Those of records, of which rows need less: what hung runs alone, in its turn, and what the log knows of it was said with the rows. */
export function rowParking(
  parking: ParkingSteps | undefined,
  failures: Naming["failures"],
): ParkingSteps | undefined {
  return (
    parking && {
      ...parking,
      runGuarded: (run, runPlaces) =>
        runPlaces(
          freshPlaces(run),
          failures!.some(({ hung }) => hung),
        ),
      parkUnrun: () => undefined,
    }
  );
}
