import { describeError } from "../observe/log.ts";
import { inform } from "../values/ready.ts";
import type { BatchRun } from "./batch-run.ts";
import type { ConsumerEvent } from "./options.ts";

/** Tells the `on` hook. What it throws, or rejects with, is logged, and changes nothing. */
export function tell<T>({ plan, logger }: BatchRun<T>, event: ConsumerEvent): void {
  inform(
    () => plan.on?.(event),
    (error) =>
      logger.warn("The on hook failed.", { event: event.type, error: describeError(error) }),
  );
}
