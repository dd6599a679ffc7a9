/** Schedules of EventBridge: read as what they invoke, how often, and with what. */
import { expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, read } from "./project.ts";

const Fn = {
  Type: "AWS::Lambda::Function",
  Properties: { FunctionName: "billing", Handler: "a.handler", Runtime: "nodejs24.x" },
};

const withRule = (Properties: object, Type = "AWS::Events::Rule") =>
  read({ Resources: { Fn, Every: { Type, Properties: { Name: "every", ...Properties } } } });

const target = { Arn: { "Fn::GetAtt": ["Fn", "Arn"] }, Id: "0" };

it.each([
  ["rate(1 minute)", 60_000],
  ["rate(5 minutes)", 300_000],
  ["rate(1 hour)", 3_600_000],
  ["rate(2 days)", 172_800_000],
])("%s", async (expression, everyMs) => {
  const Input = '{"shardmillFlush":{"streamName":"orders"}}';
  const Targets = [{ ...target, Input }];
  const { schedules, unsupported } = await withRule({ ScheduleExpression: expression, Targets });
  expect(unsupported).toEqual([]);
  expect(schedules).toMatchObject([
    {
      ...{ functionLogicalId: "Fn", everyMs, expression, input: Input },
      arn: "arn:aws:events:us-east-1:123456789012:rule/every",
    },
  ]);
});

it("of the Scheduler are schedules too", async () => {
  const { schedules } = await withRule(
    { ScheduleExpression: "rate(1 minute)", Target: target },
    "AWS::Scheduler::Schedule",
  );
  expect(schedules).toMatchObject([
    { arn: "arn:aws:scheduler:us-east-1:123456789012:schedule/default/every", everyMs: 60_000 },
  ]);
  expect(schedules[0]!.input).toBeUndefined();
});

const rate = { ScheduleExpression: "rate(1 minute)" };

it.each<[object, RegExp, number]>([
  [
    { ScheduleExpression: "cron(0 12 * * ? *)", Targets: [target] },
    /^Of schedules rate\(…\) runs here, and not cron\(0 12 \* \* \? \*\): invoke it by hand: shardmill invoke billing --event FILE\.$/,
    0,
  ],
  [{ ScheduleExpression: "rate(0 minutes)", Targets: [target] }, /and not rate\(0 minutes\)/, 0],
  [{ EventPattern: { source: ["aws.s3"] }, Targets: [target] }, /waits for events that nobody/, 0],
  [{ ...rate, State: "DISABLED", Targets: [target] }, /^It is disabled\.$/, 0],
  [{ ...rate, Targets: [{ ...target, InputPath: "$.time" }] }, /cut out of an event/, 0],
  [
    { ...rate, Targets: [target, { Arn: "arn:aws:sqs:us-east-1:123456789012:q" }] },
    /^It has a target that does not run here\.$/,
    1,
  ],
])("says in one sentence what of %j does not run here", async (properties, why, count) => {
  const { schedules, unsupported } = await withRule(properties);
  expect(unsupported.map((one) => one.why)).toEqual([expect.stringMatching(why)]);
  expect(schedules).toHaveLength(count);
});

it("in SAM stand at their function", async () => {
  const at = project({
    "template.json": JSON.stringify({
      Transform: "AWS::Serverless-2016-10-31",
      Resources: {
        Fn: {
          Type: "AWS::Serverless::Function",
          Properties: {
            ...Fn.Properties,
            AutoPublishAlias: "live",
            Events: {
              Old: { Type: "Schedule", Properties: { Schedule: "rate(1 minute)", Input: "{}" } },
              Off: {
                Type: "Schedule",
                Properties: { Schedule: "rate(1 minute)", Enabled: false },
              },
              New: { Type: "ScheduleV2", Properties: { ScheduleExpression: "rate(1 hour)" } },
            },
          },
        },
      },
    }),
    "a.js": "",
  });
  const { schedules, unsupported } = await readTemplate({ cwd: at });
  expect(schedules).toMatchObject([
    { logicalId: "FnOld", functionLogicalId: "Fn", everyMs: 60_000, input: "{}" },
    { logicalId: "FnNew", functionLogicalId: "Fn", everyMs: 3_600_000 },
  ]);
  expect(unsupported.map(({ logicalId, why }) => `${logicalId}: ${why}`)).toEqual([
    "FnOff: It is disabled.",
  ]);
});
