import type { Deadline } from "../handler/deadline.ts";
import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import type { FirehoseEvent, FirehoseEventRecord } from "./event.ts";
import type { TransformContext } from "./options.ts";
import type { OverflowRecord } from "./overflow.ts";
import type { TransformPlan } from "./plan.ts";
import type { FirehoseResponseRecord } from "./response.ts";

/** What one invocation did. The names of the metrics are these, with a capital first letter. */
export interface TransformCounts {
  /** Records in the event. All that follows adds up to it. */
  received: number;
  /** Answered as `Ok`. */
  delivered: number;
  /** Answered as `Dropped`, because the transform said so or there was nothing to deliver. */
  dropped: number;
  /** Answered as `ProcessingFailed`: they go to the stream's error output. */
  failed: number;
  /** Also answered as `ProcessingFailed`: no time was left for them. */
  unreached: number;
  /** Answered as `Dropped`, because an overflow has taken them. */
  overflowed: number;
}

/** One invocation on its way: what was delivered, and what is known of each record so far, by place. */
export interface TransformRun {
  readonly plan: TransformPlan;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly deadline: Deadline;
  readonly context: TransformContext;
  /** As Firehose sent it. */
  readonly event: FirehoseEvent;
  /** The records as they came through the middlewares; undefined: one has taken this one out. */
  readonly seen: readonly (FirehoseEventRecord | undefined)[];
  readonly answers: (FirehoseResponseRecord | undefined)[];
  /** 1: the record has begun. */
  readonly begun: Uint8Array;
  readonly overflowing: Map<number, OverflowRecord>;
  readonly counts: TransformCounts;
  /** The size of the response, if all that has no answer yet fails. */
  bytes: number;
  /** Whether the response is made: what comes now comes too late. */
  isClosed: boolean;
}

export const noTransformCounts = (received: number): TransformCounts => ({
  received,
  delivered: 0,
  dropped: 0,
  failed: 0,
  unreached: 0,
  overflowed: 0,
});
