/** When the next slice of a batch is due. */
import { expect, it } from "vitest";
import type { BatchRun } from "../../src/consumer/batch-run.ts";
import { isSliceDue } from "../../src/consumer/progress/save.ts";

const commitEvery = { records: 10, ms: 1000 };

/** So many records are settled, and so many were when the last slice failed; it was tried so long ago. */
const isDue = (unsaved: number, leftUnsaved: number, ms: number, lengthMs = 60_000) =>
  isSliceDue({
    deadline: { lengthMs },
    memory: { leftUnsaved, savedAt: 5000 },
    outcomes: { unsaved },
    plan: { commitEvery },
    runtime: { clock: { now: () => 5000 + ms } },
  } as unknown as BatchRun<unknown>);

it("after so many records, or so long, and no longer than half of the invocation", () => {
  expect([isDue(9, 0, 999), isDue(10, 0, 0), isDue(1, 0, 1000)]).toEqual([false, true, true]);
  expect([isDue(1, 0, 499, 1000), isDue(1, 0, 500, 1000)]).toEqual([false, true]);
});

it("not where nothing is settled, nor without a log", () => {
  expect(isDue(0, 0, 5000)).toBe(false);
  expect(isSliceDue({ outcomes: { unsaved: 50 } } as BatchRun<unknown>)).toBe(false);
});

it("by what came since, where the last could not be saved", () => {
  expect([isDue(29, 20, 0), isDue(30, 20, 0)]).toEqual([false, true]);
});
