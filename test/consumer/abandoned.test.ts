import { kinesisConsumer, memoryProgress, type Order } from "shardmill";
import { describe, expect, it } from "vitest";
import { decode, eventOf, sequenceNumberOf, suffix, world } from "./world.ts";

function consumer({ order = "shard" }: { readonly order?: Order } = {}) {
  const its = world();
  const progress = memoryProgress();
  const failing = new Set<string>();
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      on: its.on,
      order,
      process({ id }) {
        if (id === "slow") return its.clock.sleep(9000);
        if (failing.has(id)) throw new Error("no");
      },
    });
    return (event: unknown) => its.finish(handler(event, its.context(10_000)));
  };
  const abandoned = () => its.metrics().map(({ Abandoned }) => Abandoned);
  return { ...its, failing, start, abandoned };
}

const event = eventOf(["a@k", "b@k", "c@k"]);
const next = eventOf(["d@k"], { from: 3 });

describe("a record that was given back and never comes again", () => {
  it("is said aloud: the mapping ignores partial responses, or has discarded it", async () => {
    const { start, failing, abandoned, logs, seen } = consumer();
    failing.add("b");
    await start()(event);
    await start()(next);
    expect(abandoned()[0]).toBe(0);
    expect(abandoned()[1]).toBeGreaterThan(0);
    expect(logs().at(-1)).toMatchObject({
      level: "ERROR",
      message: expect.stringContaining("ReportBatchItemFailures"),
      sequenceNumber: sequenceNumberOf(event, 1),
    });
    expect(seen).toContainEqual({
      type: "abandoned",
      shardId: "shardId-000000000000",
      sequenceNumber: sequenceNumberOf(event, 1),
    });
  });

  it("is said aloud also where it was given back for want of time, and never began", async () => {
    const { start, abandoned, seen } = consumer();
    const late = eventOf(["slow@k", "b@k", "c@k"]);
    await start()(late);
    await start()(next);
    expect(abandoned()).toEqual([0, 1]);
    expect(seen).toContainEqual(
      expect.objectContaining({ type: "abandoned", sequenceNumber: sequenceNumberOf(late, 1) }),
    );
  });

  it("is said once", async () => {
    const { start, failing, abandoned } = consumer();
    failing.add("b");
    await start()(event);
    await start()(next);
    await start()(eventOf(["e@k"], { from: 4 }));
    await start()(eventOf(["f@k"], { from: 5 }));
    expect(abandoned().filter((count) => count > 0)).toHaveLength(1);
  });

  it("is none while Lambda delivers it again", async () => {
    const { start, failing, abandoned } = consumer();
    failing.add("b");
    await start()(event);
    await start()(suffix(event, 1));
    failing.clear();
    await start()({ Records: event.Records.slice(1, 2) });
    await start()(suffix(event, 2));
    await start()(next);
    expect(abandoned()).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([20, 22])("has a line of its own, up to 20: of %i", async (count) => {
    const names = Array.from({ length: count }, (_, place) => `r${place}`);
    const { start, failing, logs } = consumer({ order: "none" });
    for (const name of names) failing.add(name);
    await start()(eventOf(names));
    const before = logs().length;
    await start()(eventOf(["next"], { from: count }));
    const lines = logs().slice(before);
    expect(lines).toHaveLength(count > 20 ? 21 : 20);
    for (const line of lines) {
      expect(line).toMatchObject({
        consumer: "c",
        stream: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        shardId: "shardId-000000000000",
      });
    }
    if (count > 20) {
      expect(lines[20]!.message).toMatch(/^What was given back never came again: /);
      expect(lines[20]!.others).toBe(2);
    }
  });
});
