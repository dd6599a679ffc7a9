import { kinesisConsumer, memoryProgress } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { expect, it } from "vitest";

it.each([
  ["differ in half a surrogate pair", "x\ud800", "x\ud801"],
  ["are half a surrogate pair, and how JSON writes it", "\ud800", '"\\ud800"'],
])("ids that %s are two ids", async (_, first, second) => {
  const effects: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    uniqueId: (data) => (data[0] === 97 ? first : second),
    progress: memoryProgress(),
    metrics: false,
    runtime: { write: () => {} },
    process: (data) => void effects.push(String(data)),
  });
  await handler(kinesisEvent(["a"]));
  await handler(kinesisEvent(["b"], { from: 1 }));
  expect(effects).toHaveLength(2);
});
