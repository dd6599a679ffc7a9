/**
 * Schedules of EventBridge that invoke functions: rules, and those of its Scheduler. Rates run here, times of the clock (cron) do not.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
import type { StackResource } from "../scope.ts";
import type { Properties, TemplateFunction, TemplateSchedule } from "../types.ts";
import { targetOf } from "./mappings.ts";
import { type Reading, readResource } from "./reading.ts";

export const scheduleTypes = ["AWS::Events::Rule", "AWS::Scheduler::Schedule"];

const unitMs: Readonly<Record<string, number>> = {
  ...{ minute: 60_000, minutes: 60_000, hour: 3_600_000, hours: 3_600_000 },
  ...{ day: 86_400_000, days: 86_400_000 },
};

/** One for each function that it invokes. Noted: what it invokes besides, and when it does not run here at all. */
export function readSchedule(
  reading: Reading,
  resource: StackResource,
  functions: readonly TemplateFunction[],
): readonly TemplateSchedule[] {
  const common = readResource(reading, resource);
  if (!common) return [];
  const { properties } = common;
  const targets: Properties[] = properties.Targets ?? [properties.Target ?? {}];
  const invoked = targets.flatMap((target) => {
    const { called } = targetOf(String(target.Arn ?? ""));
    const fn = functions.find(({ name }) => name === called);
    return fn ? [{ fn, target }] : [];
  });
  const byHand = `invoke it by hand: shardmill invoke ${invoked[0]?.fn.name ?? "FUNCTION"} --event FILE.`;
  const leaveOut = (why: string) => {
    reading.leaveOut(resource, why);
    return [];
  };
  const { ScheduleExpression: expression } = properties;
  if (expression === undefined)
    return leaveOut(`It waits for events that nobody sends here: ${byHand}`);
  const [, count, unit = ""] = /^rate\(\s*(\d+)\s+(\w+)\s*\)$/.exec(expression) ?? [];
  const everyMs = Number(count) * unitMs[unit]!;
  if (!(everyMs > 0))
    return leaveOut(`Of schedules rate(…) runs here, and not ${expression}: ${byHand}`);
  if (properties.State === "DISABLED") return leaveOut("It is disabled.");
  if (invoked.length < targets.length)
    reading.leaveOut(resource, "It has a target that does not run here.");
  return invoked.flatMap(({ fn, target }) => {
    const { Input: input, InputPath: path, InputTransformer: transformer } = target;
    if (path !== undefined || transformer !== undefined)
      return leaveOut(
        `What its target gets is cut out of an event, which is not done here: ${byHand}`,
      );
    const schedule = { ...common, functionLogicalId: fn.logicalId, expression, everyMs };
    return [input === undefined ? schedule : { ...schedule, input: String(input) }];
  });
}
