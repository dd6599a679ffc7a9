/** What a mapping is made of, and what it offers. */

import type { OnFailure } from "../../../../../src/mapping/failure-destination.ts";
import type { Invoke } from "../../../../../src/mapping/invoke.ts";
import type { MappingMetrics } from "../../../../../src/mapping/metrics.ts";
import type { MappingTiming } from "../../../../../src/mapping/timing.ts";
import type { TraceEntry } from "../../../../../src/mapping/trace.ts";
import type { Clock } from "../../../../../src/time/clock.ts";
import type { Random } from "../../../../../src/time/random.ts";
import type { Kinesis } from "../../kinesis/types.ts";
import type { LastProcessingResult, MappingDescription, MappingState } from "./describe.ts";
import type { FunctionNames } from "./identity.ts";
import type { MappingSettings } from "./settings.ts";

/** What `createEventSourceMapping` takes. */
export interface MappingOptions extends FunctionNames {
  readonly kinesis: Kinesis;
  /** @default the clock of `kinesis` */
  readonly clock?: Clock;
  /** For uuids, the mapping's and those of requests. @default systemRandom */
  readonly random?: Random;
  /** The stream's name or ARN; a consumer's ARN means the same as `consumer`. */
  readonly stream?: string;
  /** A consumer's ARN: enhanced fan-out. */
  readonly consumer?: string;
  /** AWS's settings in camelCase. */
  readonly settings?: MappingSettings;
  readonly invoke: Invoke;
  /** Takes failure documents to their destination. @default there is none: discarded records are gone */
  readonly onFailure?: OnFailure;
  /** Keep every invocation (true), none (false) or the latest so many. @default true */
  readonly trace?: boolean | number;
  /** Told of every invocation when it has ended, kept or not. */
  readonly onInvocation?: (entry: TraceEntry) => void;
  /** Told where a shard stands, whenever that has changed: everything up to the sequence number is settled. */
  readonly onCheckpoint?: (shardId: string, sequenceNumber: string) => void;
  /** Told of a fault of the mapping itself: a shard is read no more. `drain` rejects with it, too. */
  readonly onFault?: (error: unknown) => void;
  /** Milliseconds from a change of the mapping until it applies. @default 0 */
  readonly transitionMs?: number;
  readonly timing?: Partial<MappingTiming>;
}

/** Lambda's event source mapping of a Kinesis stream, as it runs. */
export interface Mapping {
  readonly uuid: string;
  readonly state: MappingState;
  readonly lastProcessingResult: LastProcessingResult;
  readonly metrics: Readonly<MappingMetrics>;
  /** By shard id: the sequence number up to which everything is settled; undefined before the first. */
  readonly checkpoints: Readonly<Record<string, string | undefined>>;
  /** Every invocation so far, oldest first. */
  readonly trace: readonly TraceEntry[];
  /** What AWS takes, and a user should know. */
  readonly warnings: readonly string[];
  /** As GetEventSourceMapping; throws ResourceNotFoundException after `close`. */
  describe(): MappingDescription;
  /** Changes settings; applies a little later, from the checkpoints on. Returns the description meanwhile. */
  update(
    settings: Omit<MappingSettings, "startingPosition" | "startingPositionTimestamp">,
  ): MappingDescription;
  /** Enables the mapping: it goes on from its checkpoints. */
  start(): void;
  /** Disables the mapping. */
  stop(): void;
  /**
   * Resolves when nothing is left to deliver: every shard is read to its tip, no batch waits or is
   * retried, no window is open. A virtual clock is moved for it. A disabled mapping has nothing to deliver.
   */
  drain(): Promise<void>;
  /** Deletes the mapping; resolves when its invocations in flight have ended. */
  close(): Promise<void>;
}
