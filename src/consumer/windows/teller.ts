/**
 * Between a batch and its shard's log: to each entry that names records it adds what the windows have come to by them, and it notices
 * what other environments have added. So the one is in the log with the other, or neither is.
 */
import { appendNext } from "../../progress/append.ts";
import type { Entry } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Appended, ProgressStore } from "../../progress/store.ts";
import { writeChanges } from "../../windows/written.ts";
import type { Outcomes } from "../outcomes.ts";
import { dropWindows, type ShardWindows } from "./shard-windows.ts";
import { type Whole, wholeOf } from "./whole-state.ts";

/** Another environment has written the shard's windows while this one did: it begins anew behind that. */
export class OvertakenError extends Error {
  override readonly name = "OvertakenError";
}

export const overtaken = (log: string) =>
  `Another environment has written the windows of ${log} while this one did. What was counted here is counted again, from what they have come to there.`;

/** Changes of so many bytes are enough for an entry: DynamoDB takes 400 KB, and names and a whole state have their part. */
const newsAtMost = 160 * 1024;

/** Whether it is about windows; a reset is. */
const speaks = ({ kind, windows }: Entry) => Boolean(windows || kind === "reset");

export class Teller<T> {
  /** What stands in the way of a batch's store. */
  readonly progress: ProgressStore;
  /** What other environments have said of the shard's windows, as far as it was not taken in. */
  readonly news: Entry[] = [];
  /** To be said with the next entry. */
  whole: Whole | undefined;
  /** Why what was counted could not be saved. */
  failure: unknown;
  #of: { readonly windows: ShardWindows<T>; readonly log: ShardLog } | undefined;
  #outcomes: Outcomes | undefined;
  #completed: Entry | undefined;

  constructor(progress: ProgressStore) {
    this.progress = {
      ...progress,
      readAfter: async (log, n) => {
        const page = await progress.readAfter(log, n);
        this.news.push(...page.entries.filter(speaks));
        return page;
      },
      append: async (log, entry, expiresAt, writes) => {
        const full = this.#complete(entry, writes !== undefined);
        const appended = await progress.append(log, full, expiresAt, writes);
        if (full !== entry && isIn(appended, entry)) this.#told(full);
        return appended;
      },
      isTransient: (error) => !(error instanceof OvertakenError) && progress.isTransient(error),
    };
  }

  /** From now on entries of the log speak of these windows. */
  begin(windows: ShardWindows<T>, log: ShardLog): void {
    this.#of = { windows, log };
  }

  /** And name these records. */
  watch(outcomes: Outcomes): void {
    this.#outcomes = outcomes;
  }

  /** Whether there is enough to say for an entry. */
  get isFull(): boolean {
    return this.#of!.windows.machine.newsBytes >= newsAtMost;
  }

  /** An entry was not saved: what was counted since is forgotten here, and so is that its records are done. */
  lost(error: unknown): void {
    this.failure ??= error;
    if (!this.#of) return;
    const { log } = this.#of;
    dropWindows(log);
    log.carried = undefined;
    // It is read anew.
    log.coveredFrom = Number.POSITIVE_INFINITY;
  }

  /** Throws where something could not be saved: then the batch is delivered again. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  #complete(entry: Entry, isTransaction: boolean): Entry {
    // What was not answered is sent again as it is.
    if (this.#completed?.token === entry.token) return this.#completed;
    const isOfBatch = entry.kind === "done" && !isTransaction && !entry.windows;
    if (!this.#of || !isOfBatch) return entry;
    const { log, windows } = this.#of;
    const { isInherited, machine } = windows;
    if (!machine.hasNews && !this.whole) return entry;
    const names = (entry.names?.byteLength ?? 0) / 16;
    if (this.failure !== undefined) {
      // What was counted is lost, and its names with it; what else there is to say stands.
      if (names === 0) return entry;
      throw this.failure;
    }
    if (this.news.length > 0) {
      this.failure = new OvertakenError(overtaken(log.name));
      throw this.failure;
    }
    const unsaved = this.#outcomes?.unsaved ?? 0;
    if (names !== unsaved) {
      throw new Error(
        `An entry of ${log.name} would name ${names} records, and its windows have counted ${unsaved}. Nothing was saved, and the batch is delivered again; a smaller commitEvery.records helps.`,
      );
    }
    // Nobody has the parents' windows yet whom changes could bring up to date.
    const changes = isInherited ? undefined : writeChanges(machine);
    this.#completed = { ...entry, windows: { ...this.whole, ...(changes ? { changes } : {}) } };
    return this.#completed;
  }

  #told({ at, n, windows: said }: Entry): void {
    const { windows } = this.#of!;
    windows.machine.committed();
    windows.n = n;
    windows.isInherited = false;
    const { since } = windows;
    since.entries = this.whole ? 0 : since.entries + 1;
    since.bytes = this.whole ? 0 : since.bytes + (said?.changes?.byteLength ?? 0);
    if (this.whole || since.at === 0) since.at = at;
    this.whole = undefined;
    this.#completed = undefined;
  }
}

/** Writes what was taken over from the parents into the shard's own log. */
export async function sayInherited<T>(
  windows: ShardWindows<T>,
  teller: Teller<T>,
  log: ShardLog,
  access: LogAccess,
): Promise<void> {
  teller.whole = await wholeOf(windows, log.name, access);
  const { error } = await appendNext(log, () => ({ kind: "done" }), access);
  if (error !== undefined) throw error;
}

const isIn = (appended: Appended, { token }: Entry) =>
  appended.ok || ("holder" in appended && appended.holder === token);
