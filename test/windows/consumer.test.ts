import { count, distinct, sum, tumbling } from "shardmill/windows";
import { expect, it } from "vitest";
import { type Move, run, type Sale } from "./consumer-world.ts";

const aggregate = {
  count: count<Sale>(),
  total: sum((s: Sale) => s.price),
  users: distinct((s: Sale) => s.user),
};
const windows = tumbling({ seconds: 60 }, { key: (s: Sale) => s.key, aggregate });

const sale = (key: string, price: number, delay = 0): Move => ({
  put: { key, price, delay, user: `u${price % 3}` },
});

it("runs process once for each key and window, when the window has closed", async () => {
  const { rows, lines } = await run({
    windows,
    moves: [sale("a", 1), sale("b", 2), sale("a", 3), { wait: 60_000 }, sale("a", 4)],
  });
  expect(lines).toEqual([]);
  expect(rows).toMatchObject([
    { key: "a", count: 2, total: 4, users: 2 },
    { key: "b", count: 1, total: 2, users: 1 },
  ]);
  const [{ end, id, start }] = rows as [any];
  expect(end - start).toBe(60_000);
  expect(id).toBe(`totals/sales/id/window/shardId-000000000000/${start}-${end}/a`);
});
