/** A schedule of the template: its function is invoked as EventBridge does, asynchronously, the first time after one interval. */
import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import type { Template, TemplateFunction, TemplateSchedule } from "../template/types.ts";
import type { directCalls } from "./direct-calls.ts";

/** Returns what ends it. */
export function startSchedule(
  schedule: TemplateSchedule,
  fn: TemplateFunction,
  { invoke, logOf, onLost }: ReturnType<typeof directCalls>,
  where: Pick<Template, "accountId" | "region">,
  clock: Clock = systemClock,
): () => void {
  let end = () => {};
  const wait = () => {
    end = clock.after(schedule.everyMs, () => {
      wait();
      const requestId = randomUUID();
      invoke(fn, eventOf(schedule, where, clock), requestId)
        .catch((error: unknown) => onLost(fn, error))
        .finally(() => logOf(requestId));
    });
  };
  wait();
  return () => end();
}

/** What the schedule says, or what EventBridge tells of one. */
function eventOf(
  { arn, input, type }: TemplateSchedule,
  { accountId, region }: Pick<Template, "accountId" | "region">,
  clock: Clock,
): unknown {
  if (input !== undefined) return JSON.parse(input);
  const isRule = type === "AWS::Events::Rule";
  return {
    ...{ version: "0", id: randomUUID(), "detail-type": "Scheduled Event" },
    source: isRule ? "aws.events" : "aws.scheduler",
    account: accountId,
    time: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
    ...{ region, resources: [arn], detail: isRule ? {} : "{}" },
  };
}
