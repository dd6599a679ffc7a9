/** Kinesis takes records of 10 MiB, and Lambda events of 6 MB: here there is no Lambda. */
import { expect, it } from "vitest";
import { workerRig } from "./rig.ts";

it("a record that is larger than an event of Lambda is given to the handler, alone", async () => {
  const rig = workerRig();
  const large = Buffer.alloc(10 * 1024 * 1024, "x");
  const runtime = rig.streamBut((stream) => ({
    async read(iterator: string, limit: number) {
      const page = await stream.read(iterator, limit);
      const records = page.records.map((record) =>
        Buffer.from(record.data).toString() === "large" ? { ...record, data: large } : record,
      );
      return { ...page, records };
    },
  }));
  const retry = { maximumRetryAttempts: 2, onFailure: () => expect.unreachable() };
  rig.start("one", { runtime, retry });
  rig.put("a", "large", "b", "c");
  await rig.clock.advance(10_000);
  expect(rig.calls.map(({ values }) => values.map(({ length }) => length))).toEqual([
    [1],
    [large.length],
    [1, 1],
  ]);
  const outcomes = rig.events.flatMap((one) => (one.type === "batch" ? [one.outcome] : []));
  expect(outcomes).toEqual(["success", "success", "success"]);
});
