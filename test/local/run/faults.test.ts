import { expect, test } from "vitest";
import { seededFaults } from "../../../packages/local/src/run/faults.ts";

const idle = { environments: () => [], kill: async () => {} };
const invocations = 400;

/** What becomes of many invocations, and of as many requests. */
async function fates(seed: number) {
  const faults = seededFaults(seed);
  const invoke = faults.around(idle)(async () => "answer");
  const became: unknown[] = [];
  for (let n = 0; n < invocations; n++) {
    const context = { awsRequestId: String(n) };
    became.push(
      await Promise.resolve(invoke({ Records: [] }, context)).catch((error) => error.name),
    );
    became.push(faults.intercept({ operation: "UpdateItem", input: {} }));
  }
  return { became, counts: faults.counts };
}

test("a seed draws the same faults again, and another seed others", async () => {
  expect(await fates(1)).toEqual(await fates(1));
  expect((await fates(1)).became).not.toEqual((await fates(2)).became);
});

test("each kind of fault is drawn, and most things go well", async () => {
  const { became, counts } = await fates(3);
  for (const kind of ["throttles", "lostAnswers", "refusedRequests", "lostReplies"] as const) {
    expect(counts[kind]).toBeGreaterThan(0);
  }
  expect(became.filter((fate) => fate === "answer").length).toBeGreaterThan(invocations / 2);
  expect(became).toContain("TooManyRequestsException");
});

test("tables are made in peace", () => {
  const { intercept } = seededFaults(1);
  for (let n = 0; n < invocations; n++) {
    for (const operation of ["CreateTable", "UpdateTimeToLive", "DescribeTable"]) {
      expect(intercept({ operation, input: {} })).toBeUndefined();
    }
  }
});
