/**
 * Between a batch and its shard's log: to each entry that names records it adds what the state has come to by them, and it notices
 * what other environments have added. So the one is in the log with the other, or neither is.
 */
import { appendNext } from "../../progress/append.ts";
import { type Entry, logName } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Appended, ProgressStore } from "../../progress/store.ts";
import { shardCreatedAt } from "../../record/position.ts";
import type { UserRecord } from "../../record/user-record.ts";
import type { MachineKind } from "../machine.ts";
import type { Outcomes } from "../outcomes.ts";
import type { Plan } from "../plan.ts";
import { dropState, keepState, type ShardState } from "./shard-state.ts";
import { wholeOf } from "./whole-state.ts";

/** Another environment has written the shard's state while this one did: it begins anew behind that. */
export class OvertakenError extends Error {
  override readonly name = "OvertakenError";
}

/** Changes of so many bytes are enough for an entry: DynamoDB takes 400 KB, and names and a whole state have their part. */
const newsAtMost = 160 * 1024;
/** One record may bring more. Beyond this all of the state is written in its place. */
const changesAtMost = 256 * 1024;

/** Whether it is about the state; a reset is. */
const speaks = ({ kind, windows }: Entry) => Boolean(windows || kind === "reset");

export class Teller<T> {
  /** What stands in the way of a batch's store. */
  readonly progress: ProgressStore;
  readonly kind: MachineKind<T>;
  /** What other environments have said of the shard's state, as far as it was not taken in. */
  readonly news: Entry[] = [];
  /** Behind which entry they begin. */
  newsFrom: number | undefined;
  /** The next entry has all of the state, as it is then: rows that are run meanwhile are done in it. */
  saysWhole = false;
  /** Why what was counted could not be saved. */
  failure: unknown;
  /** A save under way: what is counted meanwhile would be taken for a part of it. */
  telling: Promise<unknown> | undefined;
  #of:
    | { readonly state: ShardState; readonly log: ShardLog; readonly access: LogAccess }
    | undefined;
  #outcomes: Outcomes | undefined;
  #completed: Entry | undefined;

  /** `first` is the batch's first record: what the logs of parents say, where duplicates are looked for, is no news of its shard. */
  constructor({ consumer, counted, progress: given }: Plan<T>, first: UserRecord | undefined) {
    const { sequenceNumber = "", shardId = "", streamArn = "" } = first ?? {};
    const own = first && logName(consumer, streamArn, shardCreatedAt(sequenceNumber), shardId);
    const progress = given!;
    this.kind = counted!.kind;
    this.progress = {
      ...progress,
      readAfter: async (log, n) => {
        if (log === own) this.newsFrom ??= n;
        const page = await progress.readAfter(log, n);
        if (log === own) this.news.push(...page.entries.filter(speaks));
        return page;
      },
      append: async (log, entry, expiresAt, writes) => {
        const full = await this.#complete(entry, writes !== undefined);
        const appended = await progress.append(log, full, expiresAt, writes);
        if (full !== entry && isIn(appended, entry)) this.#told(full);
        return appended;
      },
      isTransient: (error) => !(error instanceof OvertakenError) && progress.isTransient(error),
    };
  }

  /** From now on entries of the log speak of this state. */
  begin(state: ShardState, log: ShardLog, access: LogAccess): void {
    this.#of = { state, log, access };
  }

  /** And name these records. */
  watch(outcomes: Outcomes): void {
    this.#outcomes = outcomes;
  }

  /** Whether there is enough to say for an entry. */
  get isFull(): boolean {
    return this.#of!.state.machine.newsBytes >= newsAtMost;
  }

  overtaken(log: string): OvertakenError {
    return new OvertakenError(
      `Another environment has written the ${this.kind.what} of ${log} while this one did. What was counted here is counted again, from what they have come to there.`,
    );
  }

  /** The state stays known, unless others have said more than it has taken in. */
  keep(): void {
    const { log, state } = this.#of!;
    if (this.news.length > 0) dropState(log);
    else keepState(log, state);
  }

  /** An entry was not saved: what was counted since is forgotten here, and so is that its records are done. */
  lost(error: unknown): void {
    this.failure ??= error;
    if (!this.#of) return;
    const { log } = this.#of;
    dropState(log);
    log.carried = undefined;
    // It is read anew.
    log.coveredFrom = Number.POSITIVE_INFINITY;
  }

  /** Throws where something could not be saved: then the batch is delivered again. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  async #complete(entry: Entry, isTransaction: boolean): Promise<Entry> {
    // What was not answered is sent again as it is.
    if (this.#completed?.token === entry.token) return this.#completed;
    const isOfBatch = entry.kind === "done" && !isTransaction && !entry.windows;
    if (!this.#of || !isOfBatch) return entry;
    const { access, log, state } = this.#of;
    const { isInherited, machine } = state;
    if (!machine.hasNews && !this.saysWhole) return entry;
    const names = (entry.names?.byteLength ?? 0) / 16;
    if (this.failure !== undefined) {
      // What was counted is lost, and its names with it; what else there is to say stands.
      if (names === 0) return entry;
      throw this.failure;
    }
    if (this.news.length > 0) {
      this.failure = this.overtaken(log.name);
      throw this.failure;
    }
    const unsaved = this.#outcomes?.unsaved ?? 0;
    if (names !== unsaved) {
      throw new Error(
        `An entry of ${log.name} would name ${names} records, and its ${this.kind.what} have counted ${unsaved}. Nothing was saved, and the batch is delivered again; a smaller commitEvery.records helps.`,
      );
    }
    // Nobody has the parents' state yet whom changes could bring up to date.
    let changes = isInherited ? undefined : this.kind.writeChanges(machine);
    if (changes && changes.byteLength > changesAtMost) {
      changes = undefined;
      this.saysWhole = true;
    }
    const whole = this.saysWhole && (await wholeOf(state, this.kind, log.name, access));
    this.#completed = { ...entry, windows: { ...whole, ...(changes && { changes }) } };
    return this.#completed;
  }

  #told({ at, n, windows: said }: Entry): void {
    const { state } = this.#of!;
    state.machine.committed();
    state.n = n;
    state.isInherited = false;
    const { since } = state;
    since.entries = this.saysWhole ? 0 : since.entries + 1;
    since.bytes = this.saysWhole ? 0 : since.bytes + (said?.changes?.byteLength ?? 0);
    if (this.saysWhole || since.at === 0) since.at = at;
    this.saysWhole = false;
    this.#completed = undefined;
  }
}

/** Writes what was taken over from the parents into the shard's own log. */
export async function sayInherited<T>(
  teller: Teller<T>,
  log: ShardLog,
  access: LogAccess,
): Promise<void> {
  teller.saysWhole = true;
  const { error } = await appendNext(log, () => ({ kind: "done" }), access);
  if (error !== undefined) throw error;
}

const isIn = (appended: Appended, { token }: Entry) =>
  appended.ok || ("holder" in appended && appended.holder === token);
