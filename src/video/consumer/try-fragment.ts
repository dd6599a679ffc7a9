/** What the user does with a fragment, tried until it is done or given up. */
import { isNonRetryable } from "../../record/errors.ts";
import type { VideoFragment } from "../fragment.ts";
import { Final } from "./failures.ts";
import type { VideoEvent, VideoPlan } from "./options.ts";
import { waitOf } from "./wait.ts";

/** Tries the fragment until it is done. False: the consumer is to stop, and it is not. */
export async function isDone(
  fragment: VideoFragment,
  { onFragment, onFailed, maxAttempts, clock, ...plan }: VideoPlan,
  signal: AbortSignal,
  tell: (event: VideoEvent) => void,
  place: string,
): Promise<boolean> {
  const { fragmentNumber } = fragment;
  for (let attempt = 1; ; attempt++) {
    try {
      await onFragment(fragment, { signal, attempt });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      tell({ kind: "fragment failed", fragmentNumber, attempt, error });
      if (attempt < maxAttempts && !isNonRetryable(error)) {
        await clock.sleep(waitOf(attempt, plan), signal).catch(() => {});
        if (signal.aborted) return false;
        continue;
      }
      try {
        if (onFailed) {
          await onFailed(fragment, error);
          return true;
        }
      } catch (cause) {
        throw new Final(
          new Error(`${place}: onFailed failed for fragment ${fragmentNumber}.`, { cause }),
        );
      }
      throw new Final(
        new Error(
          `${place}: fragment ${fragmentNumber} failed, tried ${attempt} ${attempt === 1 ? "time" : "times"}. Started again, it is tried again; with onFailed it is passed over.`,
          { cause: error },
        ),
      );
    }
  }
}
