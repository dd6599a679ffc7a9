/** What an option is when it is left out: not checked when a function starts, so each is checked here. */
import { describe, expect, it } from "vitest";
import { planOf as consumerPlanOf } from "../../src/consumer/plan.ts";
import { planOf as transformPlanOf } from "../../src/firehose/plan.ts";
import { scalingPlanOf } from "../../src/scaling/handler/options.ts";
import { policyOf } from "../../src/scaling/policy.ts";
import { videoPlanOf } from "../../src/video/consumer/options.ts";

const process = () => {};
const video = { stream: "s", consumer: "c", checkpoint: { claim() {} }, onFragment: process };

/** How many options have a standard, what makes a plan, what it must be given, and what a plan has in another form. */
const plans: Record<string, [number, (options: any) => object, object, string[]]> = {
  kinesisConsumer: [17, consumerPlanOf, { consumer: "c", process }, ["decode", "keepInSeconds"]],
  firehoseTransform: [6, transformPlanOf, {}, ["steps", "join"]],
  scaleStream: [1, scalingPlanOf, { streams: [{ streamName: "s" }], max: 2 }, ["streams"]],
  policyOf: [8, policyOf, { max: 2 }, []],
  consumeVideo: [8, videoPlanOf, video, []],
};

describe.each(Object.entries(plans))("%s", (who, [count, planOf, least, others]) => {
  it("takes each of its standards as an option, and makes the same plan of them", () => {
    const plan = planOf(least);
    const isStandard = ([name, value]: [string, unknown]) =>
      value !== undefined && !others.includes(name) && !Object.hasOwn(least, name);
    const standards = Object.fromEntries(Object.entries(plan).filter(isStandard));
    expect(Object.keys(standards)).toHaveLength(count);
    const given = Object.entries(planOf({ ...standards, ...least }));
    expect(Object.fromEntries(given.filter(isStandard))).toEqual(standards);
  });

  it.each(["constructor", "toString", "__proto__"])("has no option %s", (name) => {
    const options = Object.defineProperty({ ...least }, name, { value: 1, enumerable: true });
    expect(() => planOf(options)).toThrow(new TypeError(`${who}: there is no option ${name}.`));
  });
});
