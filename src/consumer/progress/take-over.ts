/**
 * Where shards change hands: whoever takes one over says so in its log, behind all that the one before him has said and before an effect of
 * his own. One that has lost the shard and does not know it finds that at its next append, and begins nothing more.
 */
import { appendNext } from "../../progress/append.ts";
import type { BatchRun, Memory } from "../batch-run.ts";
import { screenAgain } from "./screen.ts";

/** False: the shard is another's. */
export async function takeOver<T>(run: BatchRun<T>, { access, log }: Memory): Promise<boolean> {
  const isOurs = await run.runtime.hold!.takeOver(log, async (make) => {
    const { error, n } = await appendNext(log, make, access);
    if (error !== undefined && run.plan.onProgressUnavailable === "stop") throw error;
    return error === undefined ? n : log.takenAt;
  });
  screenAgain(run);
  return isOurs;
}
