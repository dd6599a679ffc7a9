import { count, tumbling } from "shardmill/windows";
import { expect, it } from "vitest";
import { type Move, run, type Sale } from "./consumer-world.ts";

const sale = (key: string): Move => ({ put: { key, price: 1, delay: 0, user: "u" } });
const windows = tumbling(
  { seconds: 60 },
  { key: (s: Sale) => s.key, aggregate: { count: count<Sale>() } },
);

it("a record that is decoded while an entry is written is counted in the next one", async () => {
  let decoded = 0;
  const moves = Array.from({ length: 60 }, (_, n) => sale(`k${n}`));
  const { rows } = await run({
    windows,
    moves,
    // The environment is new for what closes the window: it knows what the log says.
    faults: [{}, { isNew: true }],
    after: [{ wait: 60_000 }, sale("b")],
    flushes: [],
    more: {
      commitEvery: { records: 1 },
      decode: async (data) => {
        for (let turns = decoded++ % 17; turns > 0; turns--) await null;
        return JSON.parse(Buffer.from(data).toString("utf8"));
      },
    },
  });
  expect(rows.map(({ key }) => key).sort()).toEqual(
    Array.from({ length: 60 }, (_, n) => `k${n}`).sort(),
  );
});

it("what is of a key outside of its shard is taken over by one child, and by no other", async () => {
  // All keys of the windows are one, which is the partition key of nothing.
  const one = tumbling({ seconds: 60 }, { key: () => "one", aggregate: { count: count<Sale>() } });
  const moves = [..."abcdefgh"].map(sale);
  const after = [..."abcdefghijklmnopqrstuvwxyz"].map(sale);
  for (let shards = 1; shards < 4; shards++) {
    const { rows } = await run({
      windows: one,
      shards,
      moves: [...moves, { split: 0 }, { split: 1 }, ...after],
      after: [{ wait: 600_000 }, ...after],
    });
    const counted = (rows as unknown as { readonly count: number }[]).map(({ count }) => count);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(moves.length + after.length);
  }
});
