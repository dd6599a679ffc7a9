/** What goes wrong on the way to the store and back, drawn for each request. */
import type { Random } from "../../../src/time/random.ts";

/** Chances are between 0 and 1, for each request, and 0 unless given. */
export interface Faults {
  /** Refused with ProvisionedThroughputExceededException; nothing was done. */
  readonly throttle?: number;
  /**
   * A partition writes so many units a second, and reads three times as many; what is beyond is throttled, and
   * other partitions are not. @default no limit
   */
  readonly partitionUnits?: number;
  /** Refused with InternalServerError; nothing was done. */
  readonly failBefore?: number;
  /** Performed, but the caller gets a TimeoutError. */
  readonly lostReply?: number;
  /** A write for which the caller gets a TimeoutError, and which is performed only afterwards. */
  readonly lateWrite?: number;
  /** How long after that at most, in milliseconds. @default 30000 */
  readonly lateByMs?: number;
  /** A read that did not ask for ConsistentRead sees the tables as they were. */
  readonly staleRead?: number;
  /** How long ago at most, in milliseconds. @default 2000 */
  readonly staleByMs?: number;
  /**
   * A write meets somebody's transaction, and is refused with TransactionConflictException; a
   * transaction is cancelled, with TransactionConflict among its reasons.
   */
  readonly transactionConflict?: number;
  /** A BatchGet leaves some of its keys unprocessed. */
  readonly unprocessedKeys?: number;
  /**
   * How long a request takes, from and to, in milliseconds. It is performed at some moment in
   * between, so that concurrent writes land in another order than they were sent. @default [0, 0]
   */
  readonly latencyMs?: readonly [number, number];
  /** How long the client waits for a reply that never comes, in milliseconds. @default 1000 */
  readonly timeoutMs?: number;
}

/** What will happen to one request. Times are in milliseconds from when it was sent. */
export interface Fate {
  readonly refusal: "throttled" | "broken" | "conflict" | undefined;
  /** When it is performed. */
  readonly landsAfter: number;
  /** When the caller hears: the reply, or that there is none. */
  readonly hearsAfter: number;
  readonly replyLost: boolean;
  /** How old the data is that a read sees. */
  readonly staleBy: number;
  readonly leavesKeys: boolean;
}

const writes = new Set(["Put", "Update", "Delete", "TransactWrite"]);

export const defaultStaleByMs = 2000;

export function drawFate(
  operation: string,
  consistent: boolean,
  faults: Faults,
  random: Random,
): Fate {
  const happens = (chance = 0) => chance > 0 && random() < chance;
  const isWrite = writes.has(operation);
  const [fastest, slowest] = faults.latencyMs ?? [0, 0];
  const took = fastest + (slowest > fastest ? random() * (slowest - fastest) : 0);
  const timeoutMs = faults.timeoutMs ?? 1000;
  const usual: Fate = {
    refusal: undefined,
    landsAfter: took > 0 ? took * random() : 0,
    hearsAfter: took,
    replyLost: false,
    staleBy: 0,
    leavesKeys: operation === "BatchGet" && happens(faults.unprocessedKeys),
  };
  if (happens(faults.throttle)) return { ...usual, refusal: "throttled" };
  if (happens(faults.failBefore)) return { ...usual, refusal: "broken" };
  if (isWrite && happens(faults.transactionConflict)) return { ...usual, refusal: "conflict" };
  if (happens(faults.lostReply)) return { ...usual, hearsAfter: timeoutMs, replyLost: true };
  if (isWrite && happens(faults.lateWrite)) {
    const landsAfter = timeoutMs + random() * (faults.lateByMs ?? 30_000);
    return { ...usual, landsAfter, hearsAfter: timeoutMs, replyLost: true };
  }
  if (!isWrite && !consistent && happens(faults.staleRead)) {
    return { ...usual, staleBy: random() * (faults.staleByMs ?? defaultStaleByMs) };
  }
  return usual;
}
