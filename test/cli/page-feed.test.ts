import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchTold, DevEvent, FatesTold } from "../../packages/cli/src/events/dev-event.ts";
import { newFeed } from "../../packages/cli/src/page/feed.ts";

const note = (text: string): DevEvent => ({ type: "note", at: 0, text });

const batch = (requestId: string, records: number): BatchTold => ({
  ...{ type: "batch", at: 0, functionName: "orders", stream: "orders", requestId },
  ...{ shardId: "shardId-000000000000", batchSize: records, attempt: 1, outcome: "success" },
  ...{ duration: 1, iteratorAge: 1, response: { batchItemFailures: [] }, next: { step: "done" } },
  sequenceNumbers: Array.from(
    { length: records },
    (_, n) => `4968068065466506396761248325165308539682619748515${n}`,
  ),
});

const fates = (requestId: string, positions: readonly string[], outcome: "failed" | "processed") =>
  ({
    ...{ type: "fates", at: 0, functionName: "orders", stream: "orders", requestId },
    shardId: "shardId-000000000000",
    records: positions.map((position) => ({ position, partitionKey: "a", outcome, why: outcome })),
  }) satisfies FatesTold;

test("however it is asked, each event comes once and in order, or is counted as missed", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.oneof(fc.constant("add" as const), fc.integer({ min: 1, max: 7 })), {
        maxLength: 80,
      }),
      (events, steps) => {
        const feed = newFeed({ events });
        let added = 0;
        let last = 0;
        let heard = 0;
        for (const step of [...steps, 1_000]) {
          if (step === "add") {
            feed.add(note(String(++added)));
            continue;
          }
          const next = feed.after(last, step);
          for (const text of next.events) {
            const event = JSON.parse(text);
            if (event.type === "gap") heard += event.missed;
            else {
              // A page that comes for the first time misses nothing: it has heard nothing yet.
              if (last === 0 && heard === 0) heard = Number(event.text) - 1;
              expect(event.text).toBe(String(++heard));
            }
          }
          last = next.last;
        }
        expect(heard).toBe(added);
      },
    ),
  );
});

test("100,000 events of large batches stay within bounds, and the newest are known", () => {
  const bytes = 4 * 1024 * 1024;
  const feed = newFeed({ bytes });
  let held = 0;
  for (let n = 0; n < 100_000; n++) {
    feed.add(n % 100 === 0 ? batch(`request ${n}`, 1_000) : note(`note ${n} ${"x".repeat(100)}`));
  }
  for (let last = 0; last < feed.newest; ) {
    const next = feed.after(last, 2_000);
    for (const text of next.events) held += text.length;
    last = next.last;
  }
  expect(held).toBeLessThanOrEqual(bytes);
  expect(held).toBeGreaterThan(bytes / 2);
  expect(feed.detail("orders", "request 0")).toBeUndefined();
  expect(feed.detail("orders", "request 99900")?.deliveries[0]?.sequenceNumbers).toHaveLength(
    1_000,
  );
});

test("a page gets no list of sequence numbers, and may ask for it", () => {
  const feed = newFeed();
  feed.add(batch("one", 3));
  const [text = ""] = feed.after(0, 1).events;
  const shown = JSON.parse(text);
  expect(shown.sequenceNumbers).toBeUndefined();
  const known = feed.detail("orders", "one")!.deliveries[0]!.sequenceNumbers;
  expect([shown.first, shown.last]).toEqual([known[0], known[2]]);
});

test("of a record it is known what became of it the last time", () => {
  const feed = newFeed({ fates: 2 });
  feed.add(fates("one", ["1", "2"], "failed"));
  const { last } = feed.fatesAfter("orders", 0);
  feed.add(fates("one", ["1"], "processed"));
  expect(feed.fateOf("orders", "1")?.outcome).toBe("processed");
  expect(feed.fateOf("others", "1")).toBeUndefined();
  expect(feed.fatesAfter("orders", last).fates.map(({ position }) => position)).toEqual(["1"]);
  // The oldest goes.
  feed.add(fates("two", ["3"], "processed"));
  expect(feed.fateOf("orders", "2")).toBeUndefined();
});
