/** Schedules as they run: their function is invoked at each interval, with what the template says. */
import { expect, it } from "vitest";
import { startSchedule } from "../../../packages/local/src/run/schedules.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { fn } from "./templates.ts";

const where = { accountId: "123456789012", region: "eu-west-1" };

function started(of: object, invoke: (event: unknown) => Promise<unknown>) {
  const lost: unknown[] = [];
  const schedule = {
    ...{ logicalId: "Every", type: "AWS::Events::Rule", name: "every", arn: "arn:every" },
    ...{ properties: {}, place: { file: "/template.json" }, functionLogicalId: "billing" },
    ...{ expression: "rate(1 minute)", everyMs: 60_000, ...of },
  };
  const direct = {
    invoke: (_: unknown, event: unknown) => invoke(event),
    logOf: () => "",
    onLost: (_: unknown, error: unknown) => void lost.push(error),
  };
  const clock = virtualClock({ patience: 0 });
  const end = startSchedule(schedule, fn("billing", "a.ts"), direct as never, where, clock);
  return { clock, end, lost };
}

it("comes after each interval until it is ended, whatever the function does", async () => {
  const events: unknown[] = [];
  const { clock, end, lost } = started({ input: '{"a":1}' }, async (event) => {
    events.push(event);
    throw new Error("no");
  });
  await clock.advance(59_999);
  expect(events).toEqual([]);
  await clock.advance(60_001);
  expect(events).toEqual([{ a: 1 }, { a: 1 }]);
  expect(lost).toHaveLength(2);
  end();
  await clock.advance(600_000);
  expect(events).toHaveLength(2);
});

it.each([
  ["AWS::Events::Rule", "aws.events", {}],
  ["AWS::Scheduler::Schedule", "aws.scheduler", "{}"],
])("without an input %s tells of itself", async (type, source, detail) => {
  const events: unknown[] = [];
  const { clock } = started({ type }, async (event) => void events.push(event));
  await clock.advance(60_000);
  expect(events).toEqual([
    {
      ...{ version: "0", id: expect.any(String), "detail-type": "Scheduled Event", source },
      ...{ account: "123456789012", time: "2026-01-01T00:01:00Z", region: "eu-west-1" },
      ...{ resources: ["arn:every"], detail },
    },
  ]);
});
