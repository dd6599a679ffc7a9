/** What was redriven goes into the shard's log: under the redrive's names, and under its own where the log has forgotten those. */

import { describeError } from "../../observe/log.ts";
import { appendNext, type Commit, type Slice } from "../../progress/append.ts";
import { packArrivals } from "../../progress/entry.ts";
import { packNames } from "../../progress/fingerprint.ts";
import { comparePositions } from "../../record/position.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import { Outcome } from "../outcomes.ts";
import { positionOf } from "../progress/save.ts";
import type { Redriven } from "./redriven.ts";

/** Names in one entry: with their arrival times 64 KB. */
const namesAtMost = 3500;

/** Appends the names of what was done since the last time, one append after another. Never rejects. */
export function saveRedriven<T>(redriven: Redriven<T>): Promise<Commit> {
  const { memory } = redriven;
  const saved = memory.saving.then(() => saveNow(redriven));
  memory.saving = saved;
  return saved;
}

async function saveNow<T>(redriven: Redriven<T>): Promise<Commit> {
  const { run, memory } = redriven;
  for (;;) {
    let unsaved: Unsaved = { redriven: [], own: [] };
    const make = () => {
      unsaved = unsavedOf(redriven);
      return sliceOf(redriven, unsaved);
    };
    const commit = await appendNext(memory.log, make, memory.ledger);
    memory.savedAt = run.runtime.clock.now();
    if (!commit.saved) {
      run.outcomes.count("unsaved");
      run.logger.error("A redrive was not saved; another would repeat these records.", {
        consumer: run.plan.consumer,
        log: memory.log.name,
        error: describeError(commit.error),
      });
      return commit;
    }
    for (const place of unsaved.redriven) run.outcomes.saved(place);
    if (unsaved.redriven.length + unsaved.own.length === 0) return commit;
  }
}

/** Places of what was done, by the names that the log does not have. */
interface Unsaved {
  readonly redriven: readonly number[];
  readonly own: readonly number[];
}

const done = new Set<number>([Outcome.processed, Outcome.dropped]);

function unsavedOf<T>({ run, memory, own }: Redriven<T>): Unsaved {
  const unsaved = { redriven: [] as number[], own: [] as number[] };
  const { redriven } = unsaved;
  for (const place of run.outcomes.places((outcome) => done.has(outcome))) {
    if (redriven.length + unsaved.own.length >= namesAtMost) break;
    if (!run.outcomes.isSaved(place)) redriven.push(place);
    const position = run.batch.records[place]!;
    const second = arrivalSecond(position);
    const question = { names: own, place, position, second, windowInSeconds: 0 };
    // An equal one of the same second has that name, too: nothing tells the two apart, nor needs to.
    if (memory.log.evidence(question) === "none") unsaved.own.push(place);
  }
  return unsaved;
}

function sliceOf<T>({ run, own }: Redriven<T>, unsaved: Unsaved): Slice | undefined {
  const records = [...unsaved.redriven, ...unsaved.own].map((place) => run.batch.records[place]!);
  if (records.length === 0) return undefined;
  const sorted = [...records].sort(comparePositions);
  return {
    kind: "done",
    first: positionOf(sorted[0]!),
    last: positionOf(sorted[sorted.length - 1]!),
    names: Buffer.concat([packNames(run.names, unsaved.redriven), packNames(own, unsaved.own)]),
    arrivals: packArrivals(records.map(arrivalSecond)),
  };
}
