/** What `shardmill work` shows of its shards: in a pipe, and on a terminal as it stands there in the end. */
import { expect, it, vi } from "vitest";
import { type Batch, shardLines } from "../../packages/cli/src/work/shard-lines.ts";

const batch = (shard: number, done: number, iteratorAge = 1500): Batch => ({
  ...{ type: "batch", shardId: `shardId-${shard}`, records: done, done, bytes: 0 },
  ...{ outcome: "success", duration: 1, iteratorAge },
});

/** An output, and what stands on it, where a write that begins with ESC goes up so many lines and clears them. */
function output(isTTY: boolean, columns = 100) {
  let text = "";
  let screen: string[] = [];
  return {
    out: {
      isTTY,
      columns,
      write(more: string) {
        text += more;
        if (more.startsWith("\x1b[")) screen = screen.slice(0, -Number.parseInt(more.slice(2), 10));
        else screen.push(...more.split("\n").slice(0, -1));
      },
    },
    text: () => text,
    screen: () => screen,
  };
}

it("in a pipe a shard has a line where it has moved, and none where it has not", async () => {
  const { out, text, screen } = output(false);
  const lines = shardLines(out, 5, () => 0);
  lines.count(batch(0, 40));
  lines.count(batch(0, 2, 200));
  lines.count(batch(1, 1));
  await vi.waitFor(() => expect(screen()).toHaveLength(2));
  lines.count(batch(1, 9));
  lines.end();
  expect(text()).toBe(
    [
      "shardId-0  42 records in 2 batches, 42 a second, 0.2 s behind\n",
      "shardId-1  1 record in 1 batch, 1 a second, 1.5 s behind\n",
      "shardId-1  10 records in 2 batches, 10 a second, 1.5 s behind\n",
    ].join(""),
  );
});

it("on a terminal the lines stand below what was said, each once, and stay when it ends", async () => {
  const { out, screen } = output(true, 40);
  const lines = shardLines(out, 5, () => 0);
  lines.say("w begins.");
  lines.count(batch(1, 7));
  lines.count(batch(0, 3));
  await vi.waitFor(() => expect(screen()).toHaveLength(3));
  lines.say("shardId-1  given to nobody");
  expect(screen()).toEqual(
    [
      "w begins.",
      "shardId-1  given to nobody",
      "shardId-0  3 records in 1 batch, 3 a sec",
      "shardId-1  7 records in 1 batch, 7 a sec",
    ].map((line) => line.slice(0, 39)),
  );
  lines.forget("shardId-1");
  lines.end();
  expect(screen().map((line) => line.slice(0, 20))).toEqual([
    "w begins.",
    "shardId-1  given to ",
    "shardId-1  7 records",
    "shardId-0  3 records",
  ]);
});

it("more shards than a terminal has room for are one line together", async () => {
  const { out, screen } = output(true);
  const lines = shardLines(out, 5, () => 0);
  for (let shard = 10; shard < 30; shard++) lines.count(batch(shard, 1));
  await vi.waitFor(() => expect(screen()).toHaveLength(13));
  expect(screen()[12]).toBe("8 more shards  8 records, up to 1.5 s behind");
  lines.end();
});
