import type { FirstRecords } from "../aws/first-records.ts";
import type { WriteLine } from "../observe/log.ts";
import type { HashKeyRangeOf } from "../record/deaggregator.ts";
import type { ParentsOf } from "../record/lineage.ts";
import type { SettledBatch } from "../record/settled-batch.ts";
import type { UserRecord } from "../record/user-record.ts";
import { type Clock, systemClock } from "../time/clock.ts";
import { type Random, systemRandom } from "../time/random.ts";

/** The world as a consumer sees it. Tests and simulations bring their own. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  /** Where log lines and metrics go. */
  readonly write: WriteLine;
  /** Sees every record that is about to be handed to `process`. What it throws is that record's failure. */
  readonly begin?: (record: UserRecord) => void;
  /** Sees every record whose effect happened. */
  readonly effect?: (value: unknown, record: UserRecord) => void;
  /** Where shards change hands: this process's hold on the batch's shard. */
  readonly hold?: ShardHold;
  /** Sees what became of the records of a batch, when it is settled. Must not throw. */
  readonly settled?: (batch: SettledBatch) => void;
  /** Finds a shard's parents, in the place of the store's own way. */
  readonly parentsOf?: ParentsOf;
  /** Finds a shard's hash keys, in the place of the strict deaggregator's own way. */
  readonly hashKeyRangeOf?: HashKeyRangeOf;
  /** Finds a stream's shards, in the place of ListShards: for a flush of windows. */
  readonly shardsOf?: (streamArn: string) => Promise<
    readonly {
      readonly shardId: string;
      readonly startingSequenceNumber: string;
      /** Their ids. */
      readonly parents: readonly string[];
    }[]
  >;
  /** The first records of a shard from a sequence number on, in the place of GetRecords: for a flush of windows. */
  readonly firstRecords?: (
    streamArn: string,
    shardId: string,
    sequenceNumber: string,
  ) => Promise<FirstRecords>;
  /** The share of the heap's limit that is in use, 0 to 1. */
  readonly heapInUse: () => number;
  /** Ends the execution environment, so that an effect which hangs cannot go on in a later invocation. */
  readonly exit: (reason: string) => never;
}

/** A shard as long as one process has it. Another time is another hold. */
export interface ShardHold {
  /** Whether another record may begin, as far as this process knows, and as the shard's log says where there is one. */
  mayBegin(log: HeldLog | undefined): boolean;
  /** Appends a claim where there is none of this hold, or another's behind it. False: the shard is another's. */
  takeOver(
    log: HeldLog,
    append: (claim: () => { readonly kind: "took" } | undefined) => Promise<number | undefined>,
  ): Promise<boolean>;
}

/** A progress log, and the number of the newest claim in it; 0: none. */
export interface HeldLog {
  readonly name: string;
  readonly takenAt: number;
}

const runtimeKey = Symbol.for("shardmill.runtime");

const machine: Runtime = {
  clock: systemClock,
  random: systemRandom,
  heapInUse() {
    const { getHeapStatistics } = process.getBuiltinModule("node:v8");
    const { used_heap_size, external_memory, heap_size_limit } = getHeapStatistics();
    return (used_heap_size + external_memory) / heap_size_limit;
  },
  write: (line) => process.stdout.write(`${line}\n`),
  exit(reason) {
    // Only a Lambda environment may be ended: anywhere else the process is somebody's test or tool.
    if (process.env.AWS_LAMBDA_RUNTIME_API) process.exit(1);
    throw new Error(reason);
  },
};

/** The runtime that the host put into the context, over the options', over the machine. */
export function runtimeOf(context: unknown, given: Partial<Runtime> | undefined): Runtime {
  const hosted = (context as { [runtimeKey]?: Partial<Runtime> } | undefined)?.[runtimeKey];
  return { ...machine, ...given, ...hosted };
}

/** Puts a runtime into a context: how a harness brings its clock to a handler that it did not write. */
export function withRuntime<C extends object>(context: C, runtime: Partial<Runtime>): C {
  return Object.assign(context, { [runtimeKey]: runtime });
}
