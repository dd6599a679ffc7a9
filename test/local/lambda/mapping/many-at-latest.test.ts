import { expect, test } from "vitest";
import { createKinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { createEventSourceMapping } from "../../../../packages/local/src/lambda/mapping/index.ts";
import { virtualClock } from "../../../../src/time/virtual-clock.ts";

test("more mappings of a stream begin at LATEST at once than a shard gives iterators in a second", async () => {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock, limits: true });
  kinesis.createStream({ name: "orders", shards: 1 });
  const delivered: string[] = [];
  const mappings = Array.from({ length: 8 }, (_, index) =>
    createEventSourceMapping({
      ...{ kinesis, clock, stream: "orders", settings: { startingPosition: "LATEST" } },
      invoke: async ({ Records }) => void delivered.push(`${index}: ${Records.length}`),
    }),
  );
  kinesis.putRecord({ stream: "orders", partitionKey: "a", data: Buffer.from("1") });
  await Promise.all(mappings.map((mapping) => mapping.drain()));
  expect(delivered.sort()).toEqual(mappings.map((_, index) => `${index}: 1`));
  await Promise.all(mappings.map((mapping) => mapping.close()));
});
