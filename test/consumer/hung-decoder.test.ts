import { kinesisConsumer, memoryProgress } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { expect, it } from "vitest";
import { virtualClock } from "../../src/time/virtual-clock.ts";

it("a decoder that hangs ends with the invocation, and its batch comes again", async () => {
  const clock = virtualClock({ patience: 0 });
  const ended: string[] = [];
  const handler = kinesisConsumer<string>({
    consumer: "c",
    decode: () => new Promise(() => {}),
    uniqueId: (value) => value,
    progress: memoryProgress(),
    metrics: false,
    runtime: {
      clock,
      write: () => {},
      exit: (reason) => {
        ended.push(reason);
        throw new Error("exit");
      },
    },
    process() {},
  });
  const timeoutAt = clock.now() + 10_000;
  const context = { getRemainingTimeInMillis: () => timeoutAt - clock.now() };
  const answered = expect(handler(kinesisEvent(["a", "b"]), context)).rejects.toThrow("exit");
  await clock.advance(10_000);
  await answered;
  expect(ended).toHaveLength(1);
});
