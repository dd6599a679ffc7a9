/** Rows of windows that are parked come back through their function, as records do. */
import { NonRetryableError } from "shardmill";
import { count, type RowHead, sliding } from "shardmill/windows";
import { expect, it } from "vitest";
import { type Order, redriveWorld } from "./world.ts";

const through = ["--table", "progress", "--function", "billing"];

async function rowWorld() {
  const failing = new Set<string>();
  const ran: [key: string, id: string, idempotencyKey: string][] = [];
  const window = sliding(
    { seconds: 60 },
    { key: (order: Order) => order.id, aggregate: { count: count() } },
  );
  const process = (row: RowHead, { idempotencyKey }: { readonly idempotencyKey: string }) => {
    ran.push([String(row.key), row.id, idempotencyKey]);
    if (failing.has(String(row.key))) throw new NonRetryableError(`no ${row.key}`);
  };
  const its = await redriveWorld({ options: { window, process } as never });
  return { ...its, failing, ran };
}

it("comes back to process, under its id, once", async () => {
  const its = await rowWorld();
  its.failing.add("bad");
  await its.deliver("a", "bad", "c");
  expect(its.ran.map(([key]) => key).sort()).toEqual(["a", "bad", "c"]);
  const [item] = await its.parked();
  const [, id] = its.ran.find(([key]) => key === "bad")!;
  expect(item).toMatchObject({ state: "confirmed", partitionKey: "bad", row: { id, output: "" } });
  expect(JSON.parse(Buffer.from(item!.data).toString())).toMatchObject({ key: "bad", count: 1 });
  its.failing.clear();
  its.ran.length = 0;
  const { outcomes, status } = await its.redrive(through);
  expect({ outcomes, status }).toEqual({ outcomes: { redriven: 1 }, status: 0 });
  expect(its.ran).toEqual([["bad", id, id]]);
  expect((await its.redrive(through)).outcomes).toEqual({});
  expect(its.ran).toHaveLength(1);
});

it("comes back where nobody was left to confirm it: the log names it", async () => {
  const its = await rowWorld();
  its.failing.add("bad");
  its.wrong.interfere = ({ operation }) =>
    operation === "UpdateItem"
      ? { before: { name: "AccessDeniedException", message: "no" } }
      : undefined;
  await its.deliver("bad");
  its.wrong.interfere = () => undefined;
  expect(await its.parked()).toMatchObject([{ state: "parked" }]);
  its.failing.clear();
  expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
});

it("goes into no stream: it is none of its records", async () => {
  const its = await rowWorld();
  its.failing.add("bad");
  await its.deliver("bad");
  const { outcomes, told } = await its.redrive(["--table", "progress", "--stream", "orders"]);
  expect(outcomes).toEqual({ refused: 1 });
  expect(told[0].what).toBe("It is a row of windows, and no record: give --function or --handler.");
  expect(await its.parked()).toMatchObject([{ state: "confirmed" }]);
});
