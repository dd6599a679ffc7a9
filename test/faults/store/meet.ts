/** A request on its way to a store in memory and back: it meets its fate. */
import type { Clock } from "../../../src/time/clock.ts";
import { aborted, timedOut } from "./errors.ts";
import type { Fate } from "./faults.ts";

/**
 * Lets a request meet its fate: `perform` happens in one moment, or `refuse` says why not. An abort ends the
 * waiting; it does not call the request back.
 */
export async function meet<T>(
  clock: Clock,
  fate: Fate,
  perform: () => T,
  refuse: (refusal: NonNullable<Fate["refusal"]>) => Error,
  signal?: AbortSignal,
): Promise<T> {
  let land = () => {};
  const outcome = new Promise<T>((resolve, reject) => {
    land = () => {
      try {
        if (fate.refusal) throw refuse(fate.refusal);
        resolve(perform());
      } catch (error) {
        reject(error);
      }
    };
  });
  outcome.catch(() => {});
  if (fate.landsAfter > 0) clock.after(fate.landsAfter, land);
  else land();
  if (fate.hearsAfter > 0) {
    await clock.sleep(fate.hearsAfter, signal).catch(() => {
      throw aborted();
    });
  }
  if (fate.replyLost) throw timedOut(fate.hearsAfter);
  return outcome;
}
