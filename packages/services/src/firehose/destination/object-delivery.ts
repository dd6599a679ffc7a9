/** Takes one object to its bucket, as often as it must be tried. */
import type { Clock } from "../../../../../src/time/clock.ts";
import type { Activity } from "../activity.ts";
import type { Holding } from "../record.ts";
import type { Trace } from "../trace.ts";
import type { DeliveryBucket, ObjectHeaders } from "./bucket.ts";

export interface FinishedObject extends ObjectHeaders {
  /** The name of the bucket. */
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  /** How many records it holds. */
  readonly records: number;
  readonly holds: Holding;
  /** Milliseconds from the first failure on in which it is tried again. */
  readonly retryFor: number;
}

export interface DeliveryOptions {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly activity: Activity;
  readonly bucketNamed: (name: string) => DeliveryBucket;
}

const firstPause = 1000;
const longestPause = 60_000;

/** Resolves to whether the object is there. Never rejects. */
export type DeliverObject = (object: FinishedObject) => Promise<boolean>;

export function objectDelivery({
  clock,
  trace,
  activity,
  bucketNamed,
}: DeliveryOptions): DeliverObject {
  return async ({ bucket, key, bytes, records, holds, retryFor, ...headers }) => {
    let pause = firstPause;
    let giveUpAt: number | undefined;
    for (let failedAttempts = 0; ; failedAttempts++) {
      try {
        await activity.outside(() => bucketNamed(bucket).put(key, bytes, headers));
        trace.add({
          ...{ type: "object", at: clock.now(), bucket, key, records },
          ...{ bytes: bytes.length, holds, failedAttempts },
        });
        return true;
      } catch (error) {
        const now = clock.now();
        giveUpAt ??= now + retryFor;
        if (now >= giveUpAt) {
          trace.add({ type: "lost", at: now, records, holds, error });
          return false;
        }
        const attempt = failedAttempts + 1;
        trace.add({ type: "failedPut", at: now, bucket, key, attempt, error });
        const wait = Math.min(pause, giveUpAt - now);
        await new Promise<void>((resolve) => clock.after(wait, resolve));
        pause = Math.min(longestPause, pause * 2);
      }
    }
  };
}
