/**
 * Sending a write of a lease. A connection may be dead and say nothing until the lease is over: then the write goes once more, and the
 * first answer counts. Both have the same condition, so one of them happens at most.
 */
import { type Moment, momentOf, type WorkerClock } from "../elapsed.ts";
import type { RowWrite } from "./row.ts";
import type { LeaseTable } from "./table.ts";

export interface Sending {
  readonly table: Pick<LeaseTable, "write">;
  readonly clock: WorkerClock;
  /** How long an answer is waited for before the write goes once more, in milliseconds. */
  readonly patienceMs: number;
  readonly mayRepeat: () => boolean;
  /** The write may have happened, since this moment, whatever the answer will be. */
  readonly onDoubt: (since: Moment) => void;
}

/** What the table says, and when the write was sent to which it says so. Rejects where it says nothing. */
export interface Answer {
  readonly done: boolean;
  readonly sent: Moment;
}

export function sendWrite(write: RowWrite, sending: Sending): Promise<Answer> {
  const { table, clock, patienceMs, mayRepeat, onDoubt } = sending;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const first = momentOf(clock);
  let open = 0;
  let isAnswered = false;
  function send(): void {
    const sent = momentOf(clock);
    open++;
    table.write(write).then(
      (done) => {
        isAnswered = true;
        resolve({ done, sent });
      },
      (error) => {
        if (isAnswered) return;
        onDoubt(first);
        if (--open === 0) reject(error);
      },
    );
  }
  const cancel = clock.after(patienceMs, () => {
    if (!mayRepeat()) return;
    onDoubt(first);
    send();
  });
  send();
  return promise.finally(cancel);
}
