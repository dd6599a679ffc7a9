/** What all parts of a delivery stream share. */
import type { Clock } from "../../../../src/time/clock.ts";
import type { Random } from "../../../../src/time/random.ts";
import type { Activity } from "./activity.ts";
import type { BufferClock } from "./buffer.ts";
import type { DeliverObject } from "./destination/object-delivery.ts";
import type { FailureWriter } from "./destination/s3.ts";
import type { TransformEvent } from "./processing/event.ts";
import type { Failure } from "./record.ts";
import type { DeliveryPlan } from "./settings/plan.ts";
import type { Trace } from "./trace.ts";
import type { DeliveryCounts, DeliveryStreamOptions } from "./types.ts";

export interface DeliveryContext {
  readonly options: DeliveryStreamOptions;
  readonly plan: DeliveryPlan;
  readonly name: string;
  readonly names: Pick<TransformEvent, "deliveryStreamArn" | "sourceKinesisStreamArn" | "region">;
  readonly clock: Clock;
  readonly bufferClock: BufferClock;
  readonly random: Random;
  readonly trace: Trace;
  readonly activity: Activity;
  readonly counts: DeliveryCounts;
  readonly deliver: DeliverObject;
  /** Milliseconds in which an object is tried again: as long as the source keeps records. */
  readonly retryFor: number;
  readonly failures: FailureWriter;
  readonly fail: (failure: Failure) => void;
}
