/** Gives a record that was decoded its unique id, its name in the log, and what the log says of it. */
import { nameOf, writeName } from "../../progress/fingerprint.ts";
import type { BatchRun } from "../batch-run.ts";
import { nameByPosition, screenRecord } from "./screen.ts";
import { uniqueIdOf } from "./unique-id.ts";

/** Asks for the unique id. A record that has none, or no value, is known by its position. */
export function identify<T>(run: BatchRun<T>, place: number): Promise<void> | undefined {
  const { batch, outcomes, plan } = run;
  const { values } = run.reads;
  if (outcomes.errors.has(place) || !outcomes.isFresh(place)) {
    nameByPosition(run, place);
    return undefined;
  }
  const hasNone = (error: unknown) => {
    outcomes.threw(place, error);
    nameByPosition(run, place);
  };
  try {
    const id = uniqueIdOf(plan.uniqueId!, values[place]!, batch.records[place]!);
    if (id instanceof Promise) return id.then((id) => identified(run, place, id)).catch(hasNone);
    identified(run, place, id);
  } catch (error) {
    hasNone(error);
  }
  return undefined;
}

function identified<T>(run: BatchRun<T>, place: number, id: string | undefined): void {
  const { batch, memory, outcomes } = run;
  const { ids, names } = run.reads;
  if (id) {
    ids[place] = id;
    if (memory) writeName(names, place, nameOf(batch.records[place]!, id, undefined));
  } else nameByPosition(run, place);
  if (outcomes.isFresh(place)) screenRecord(run, place);
}
