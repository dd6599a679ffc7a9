/** Calls before a worker takes part, which a fleet that begins at once makes all together: AWS allows few of them a second and account. */
import { isTransient } from "../aws/transient.ts";
import type { Clock } from "../time/clock.ts";
import type { WorkerEvent } from "./events.ts";

/** As often as KCL tries to begin. */
const most = 20;
const pause = 1000;

/** Whether the same call may succeed later. Kinesis says LimitExceeded where too many ask for a stream or its shards. */
export const mayPass = (error: unknown): boolean =>
  isTransient(error) || (error as Error | undefined)?.name === "LimitExceededException";

export interface Patience {
  readonly clock: Pick<Clock, "after">;
  readonly tell: (event: WorkerEvent) => void;
  /** Nobody waits for it any more. */
  readonly isOver: () => boolean;
}

/** What does not answer now may answer soon, and is asked again; what refuses will not. Undefined: it is over. */
export async function patiently<T>(
  doing: string,
  { clock, tell, isOver }: Patience,
  act: () => Promise<T>,
): Promise<T | undefined> {
  for (let tries = 1; !isOver(); tries++) {
    try {
      return await act();
    } catch (error) {
      if (!mayPass(error) || tries === most) throw error;
      tell({ type: "trouble", doing, error });
      await new Promise<void>((resolve) => clock.after(pause, resolve));
    }
  }
  return undefined;
}
