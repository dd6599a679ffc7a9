/** What `shardmill work` shows of its shards: in a pipe, and on a terminal as it stands there in the end. */
import { expect, it, vi } from "vitest";
import { type Batch, shardLines } from "../../packages/cli/src/work/shard-lines.ts";

const batch = (shard: number, done: number): Batch => ({
  ...{ type: "batch", shardId: `shardId-${shard}`, records: done, done, bytes: 0 },
  ...{ outcome: "success", duration: 1, iteratorAge: 0 },
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

/** Shards that are held, with what each is behind, and a clock. */
const world = (isTTY: boolean, columns?: number) => {
  const its = { ...output(isTTY, columns), now: 0, behind: new Map<string, number | undefined>() };
  const lines = shardLines(its.out, {
    held: () => [...its.behind].map(([key, millisBehindLatest]) => ({ key, millisBehindLatest })),
    everyMs: 5,
    now: () => its.now,
  });
  return { ...its, lines, pass: (ms: number) => (its.now += ms) };
};

it("in a pipe a shard has a line where it has moved, and none where it has not", async () => {
  const { behind, lines, screen, text } = world(false);
  behind.set("shardId-1", 1500).set("shardId-0", 200).set("shardId-2", undefined);
  lines.count(batch(0, 40));
  lines.count(batch(0, 2));
  lines.count(batch(1, 1));
  await vi.waitFor(() => expect(screen()).toHaveLength(2));
  behind.clear();
  lines.count(batch(1, 9));
  lines.end();
  expect(text()).toBe(
    [
      "shardId-0  42 records in 2 batches, 42 a second, 0.2 s behind\n",
      "shardId-1  1 record in 1 batch, 1 a second, 1.5 s behind\n",
      "shardId-1  10 records in 2 batches\n",
    ].join(""),
  );
});

it("in a pipe a shard that is far behind has a line, though nothing of it has moved", async () => {
  const { behind, lines, screen } = world(false);
  behind.set("shardId-0", 9999).set("shardId-1", 10_000);
  await vi.waitFor(() => expect(screen().length).toBeGreaterThan(1));
  lines.end();
  expect(new Set(screen())).toEqual(
    new Set(["shardId-1  0 records in 0 batches, 0 a second, 10.0 s behind"]),
  );
});

it("the rate is that of the last ten seconds", async () => {
  const { behind, lines, pass, screen } = world(true);
  behind.set("shardId-0", 0);
  lines.count(batch(0, 100));
  for (let second = 0; second < 30; second++) {
    pass(1000);
    lines.say("a second");
  }
  lines.count(batch(0, 50));
  lines.say("now");
  expect(screen().at(-1)).toBe("shardId-0  150 records in 2 batches, 5 a second, 0.0 s behind");
  lines.end();
});

it("on a terminal the lines stand below what was said, each once, and stay when it ends", async () => {
  const { behind, lines, screen } = world(true, 40);
  lines.say("w begins.");
  behind.set("shardId-1", 0).set("shardId-0", 0);
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
  behind.delete("shardId-1");
  lines.forget("shardId-1");
  behind.clear();
  lines.end();
  expect(screen()).toEqual([
    "w begins.",
    "shardId-1  given to nobody",
    "shardId-1  7 records in 1 batch",
    "shardId-0  3 records in 1 batch",
  ]);
});

it("of a worker that has failed with its leases the counts stay, each once", () => {
  const { behind, lines, screen } = world(true);
  behind.set("shardId-0", 0).set("shardId-1", 0);
  lines.count(batch(0, 3));
  lines.count(batch(1, 7));
  lines.say("w begins.");
  lines.end();
  expect(screen()).toEqual([
    "w begins.",
    "shardId-0  3 records in 1 batch",
    "shardId-1  7 records in 1 batch",
  ]);
});

it("more shards than a terminal has room for are one line together", async () => {
  const { behind, lines, screen } = world(true);
  for (let shard = 10; shard < 30; shard++) {
    behind.set(`shardId-${shard}`, 1500);
    lines.count(batch(shard, 1));
  }
  await vi.waitFor(() => expect(screen()).toHaveLength(13));
  expect(screen()[12]).toBe("8 more shards  8 records, up to 1.5 s behind");
  lines.end();
});
