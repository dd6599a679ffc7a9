/** What the progress log says of records that were parked, where nobody has said that they are. */
import { expect, it } from "vitest";
import { readLogs } from "../../../packages/cli/src/redrive/logs.ts";

it("is asked of 200,000 records at once", async () => {
  const empty = { send: async () => ({ Items: [] }) };
  const items = Array.from({ length: 200_000 }, (_, n) => ({
    ...{ id: `id-${n}`, sequenceNumber: String(n), approximateArrivalTimestamp: n },
  }));
  const said = await readLogs(empty as never, "progress").says("log", items as never);
  expect(said.size).toBe(0);
});
