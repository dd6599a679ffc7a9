/** A schedule of the template: its function is invoked as EventBridge does, asynchronously, the first time after one interval. */
import { randomUUID } from "node:crypto";
import type { Template, TemplateFunction, TemplateSchedule } from "../template/types.ts";
import type { directCalls } from "./direct-calls.ts";

/** Longer intervals no timer of Node.js has, and no run of this machine lasts. */
const longestMs = 2 ** 31 - 1;

/** Returns what ends it. */
export function startSchedule(
  schedule: TemplateSchedule,
  fn: TemplateFunction,
  { invoke, logOf, onLost }: ReturnType<typeof directCalls>,
  where: Pick<Template, "accountId" | "region">,
): () => void {
  if (schedule.everyMs > longestMs) return () => {};
  const timer = setInterval(async () => {
    const requestId = randomUUID();
    try {
      await invoke(fn, eventOf(schedule, where), requestId);
    } catch (error) {
      onLost(fn, error);
    } finally {
      logOf(requestId);
    }
  }, schedule.everyMs);
  return () => clearInterval(timer);
}

/** What the schedule says, or what EventBridge tells of one. */
function eventOf(
  { arn, input, type }: TemplateSchedule,
  { accountId, region }: Pick<Template, "accountId" | "region">,
): unknown {
  if (input !== undefined) return JSON.parse(input);
  const isRule = type === "AWS::Events::Rule";
  return {
    ...{ version: "0", id: randomUUID(), "detail-type": "Scheduled Event" },
    source: isRule ? "aws.events" : "aws.scheduler",
    account: accountId,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    ...{ region, resources: [arn], detail: isRule ? {} : "{}" },
  };
}
