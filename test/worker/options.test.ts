/** What `runWorker` refuses at once, in a sentence. */
import { expect, it } from "vitest";
import { memoryLeases, runWorker, type WorkerOptions } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const refused = (options: object) => () =>
  runWorker(() => {}, {
    ...{ application: "billing", stream: "orders", leases: memoryLeases() },
    ...options,
  } as WorkerOptions);

it.each([
  [{ initalPosition: "LATEST" }, "there is no option initalPosition. Is initialPosition meant?"],
  [{ batchSize: 10 }, "there is no option batchSize."],
  [{ batch: { window: 10 } }, "batch: there is no option window."],
  [{ retry: { maxAttempts: 3 } }, "retry: there is no option maxAttempts."],
  [{ stream: ["orders", ""] }, "no stream."],
  [{ stream: [] }, "no stream."],
  [{ initialPosition: new Date("soon") }, "a date; it is Invalid Date"],
  [{ retrieval: "fanOut" }, "retrieval must be polling() or fanOut()"],
  [{ metrics: "billing" }, "metrics must be true, false, or something with addMetric"],
  [{ metrics: null }, "metrics must be true, false, or something with addMetric"],
  [{ leases: "billing" }, "leases must be kclLeases() or memoryLeases()"],
])("%j", (options, why) => {
  expect(refused(options)).toThrow(why);
});

it("an option that is undefined is as if it were not there", async () => {
  const rig = workerRig();
  rig.put("a");
  rig.start("one", { initialPosition: undefined, anything: undefined } as object);
  await rig.clock.advance(2000);
  expect(rig.values()).toEqual(["a"]);
});

it("a stream that is given twice is refused before anything is read", async () => {
  const rig = workerRig();
  const worker = rig.start("one", { stream: ["orders", "orders"] });
  await expect(worker.ready).rejects.toThrow("the stream orders is given twice");
  await expect(worker.done).rejects.toThrow("the stream orders is given twice");
});
