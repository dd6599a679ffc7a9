/** The logs that an environment has read, from one invocation to the next. */
import { carryOver } from "./append.ts";
import type { LogAccess } from "./log-access.ts";
import type { KnownKeys } from "./parked-keys.ts";
import { ShardLog } from "./shard-log.ts";

/**
 * The logs that an environment has read. An invocation has its log to itself: those that run at once on one shard, as
 * the lanes of a ParallelizationFactor above 1 do on Lambda Managed Instances, have one each, as if they were
 * environments of their own.
 */
export class LogPool {
  /** Those that no invocation has; the one used last stands last. */
  readonly #idle: ShardLog[] = [];
  readonly #taken = new Set<ShardLog>();
  readonly lineage: LogAccess["lineage"] = new Map();

  /** The log of that name; what others of the name could not save goes into its next entry. */
  take(name: string, isExact: boolean, parkedKeys?: KnownKeys): ShardLog {
    const own = this.#idle.filter((log) => log.name === name);
    const log = own.pop() ?? new ShardLog(name, isExact, parkedKeys);
    this.#remove(log);
    for (const other of own) carryOver(log, other);
    this.#taken.add(log);
    return log;
  }

  /** Goes on with another object for a log that was read anew. */
  replace(log: ShardLog, anew: ShardLog): void {
    this.#taken.delete(log);
    this.#taken.add(anew);
  }

  /** For the next invocation. */
  giveBack(log: ShardLog): void {
    if (this.#taken.delete(log)) this.#idle.push(log);
  }

  /**
   * While too much is held: forgets what the batch does not need; then one of two logs of one name; then shortens the
   * window of every log, which is cheaper than to read one again for each batch; at last drops logs that were not
   * used for long. What other invocations have is theirs, and what could not be saved is only here.
   */
  makeRoom(
    current: ShardLog,
    earliest: number,
    windowInSeconds: number,
    bytesAtMost: number,
  ): void {
    const isTooMuch = () => {
      let bytes = 0;
      for (const log of [...this.#taken, ...this.#idle]) bytes += log.bytes;
      return bytes > bytesAtMost;
    };
    if (!isTooMuch()) return;
    current.prune(earliest - windowInSeconds);
    const drop = (isOver: (log: ShardLog, place: number) => boolean) => {
      for (const [place, log] of [...this.#idle].entries()) {
        if (!isTooMuch()) return;
        if (!log.carried && isOver(log, place)) this.#remove(log);
      }
    };
    drop(({ name }, place) => this.#idle.some((log, at) => at > place && log.name === name));
    for (let left = windowInSeconds; left >= 1 && isTooMuch(); left /= 2) {
      current.halveWindow(windowInSeconds, earliest);
      for (const log of this.#idle) log.halveWindow(windowInSeconds);
    }
    drop(() => true);
  }

  #remove(log: ShardLog): void {
    const at = this.#idle.indexOf(log);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
