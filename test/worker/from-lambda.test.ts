/** A consumer that moves from Lambda to a worker and back: the log says what is done, whoever runs the handler. */
import { expect, it } from "vitest";
import { json, kinesisConsumer, memoryProgress } from "../../src/index.ts";
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import { memoryLeases } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:billing-prod-orders";

function movingRig() {
  const rig = workerRig({ shards: 2 });
  const progress = memoryProgress();
  const effects: number[] = [];
  const errors: string[] = [];
  const newHandler = () =>
    kinesisConsumer({
      ...{ consumer: "billing", decode: json(), progress, metrics: false },
      logger: { debug() {}, info() {}, warn() {}, error: (text) => void errors.push(text) },
      process: (value) => {
        effects.push(value as number);
      },
    });
  const inLambda = newHandler();
  const seen: KinesisEvent[] = [];
  const context = {
    ...{ functionName: "billing-prod-orders", invokedFunctionArn: functionArn },
    getRemainingTimeInMillis: () => 60_000,
  };
  return {
    ...rig,
    effects: () => [...effects].sort(),
    errors,
    newHandler,
    /** What the mapping has read of the stream, as another application reads it. */
    read: () =>
      rig.start("reader", { application: "mapping", leases: memoryLeases() }, (event) => {
        seen.push(event);
      }),
    /** The mapping delivers all that it has read, again or for the first time. */
    async deliver() {
      for (const event of seen) {
        const answer = await inLambda(event as never, context as never);
        expect(answer).toEqual({ batchItemFailures: [] });
      }
    },
  };
}

it("nothing is repeated on the way there, nor on the way back", async () => {
  const rig = movingRig();
  rig.read();
  rig.put("1", "2", "3", "4");
  await rig.clock.advance(3000);
  await rig.deliver();
  expect(rig.effects()).toEqual([1, 2, 3, 4]);
  const worker = rig.start("one", { functionArn }, rig.newHandler());
  rig.put("5", "6");
  await rig.clock.advance(5000);
  expect(rig.effects()).toEqual([1, 2, 3, 4, 5, 6]);
  void worker.stop();
  rig.put("7");
  await rig.clock.advance(5000);
  await rig.deliver();
  expect(rig.effects()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(rig.errors).toEqual([]);
});

it("without the function's ARN the log is another's, and nothing is done", async () => {
  const rig = movingRig();
  rig.read();
  rig.put("1");
  await rig.clock.advance(3000);
  await rig.deliver();
  rig.start("one", {}, rig.newHandler());
  rig.put("2");
  await rig.clock.advance(5000);
  expect(rig.effects()).toEqual([1]);
  const failed = rig.events.flatMap((event) =>
    event.type === "batch" && event.worker === "one" ? [String(event.error)] : [],
  );
  expect(failed[0]).toContain(`belongs to the function us-east-1:123456789012:billing-prod-orders`);
});
