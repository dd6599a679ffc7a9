import { kinesisConsumer, memoryProgress } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { expect, it } from "vitest";

it("ids that differ in half a surrogate pair are two ids", async () => {
  const effects: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    uniqueId: (data) => (data[0] === 97 ? "x\ud800" : "x\ud801"),
    progress: memoryProgress(),
    metrics: false,
    runtime: { write: () => {} },
    process: (data) => void effects.push(String(data)),
  });
  await handler(kinesisEvent(["a"]));
  await handler(kinesisEvent(["b"], { from: 1 }));
  expect(effects).toHaveLength(2);
});
