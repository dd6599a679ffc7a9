import {
  type BatchResponse,
  type ConsumerEvent,
  type InvocationContext,
  json,
  type Runtime,
} from "shardmill";
import { type KinesisEventOptions, kinesisEvent } from "shardmill/testing";
import { z } from "zod";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

/** What the tests put on their stream. `key` is its partition key. */
export const Item = z.object({ id: z.string(), key: z.string() });
export type Item = z.infer<typeof Item>;
export const decode = json(Item);

/** `"a"` is the item a of the key a; `"a@k"` is the item a of the key k. */
export const items = (...names: string[]): Item[] =>
  names.map((name) => {
    const [id = "", key = id] = name.split("@");
    return { id, key };
  });

/** An event with `items(...names)`. */
export const eventOf = (names: readonly string[], options: KinesisEventOptions<Item> = {}) =>
  kinesisEvent(items(...names), { partitionKey: ({ key }) => key, ...options });

type KinesisEvent = ReturnType<typeof kinesisEvent>;

export const sequenceNumberOf = (event: KinesisEvent, place: number) =>
  event.Records[place]!.kinesis.sequenceNumber;

/** What Lambda is told when the record at `place` is the first that is not done. */
export const answerAt = (event: KinesisEvent, place: number): BatchResponse => ({
  batchItemFailures: [{ itemIdentifier: sequenceNumberOf(event, place) }],
});

export const allDone: BatchResponse = { batchItemFailures: [] };

/** What Lambda delivers after that answer: the records from `place` on. */
export const suffix = (event: KinesisEvent, place: number): KinesisEvent => ({
  Records: event.Records.slice(place),
});

/** An execution environment under a virtual clock, and all that it says. */
export function world() {
  const clock = virtualClock({ patience: 0 });
  const lines: Record<string, any>[] = [];
  const exits: string[] = [];
  const seen: ConsumerEvent[] = [];
  const runtime: Partial<Runtime> = {
    clock,
    random: seededRandom(1),
    write: (line) => lines.push(JSON.parse(line)),
    exit(reason) {
      exits.push(reason);
      throw new Error(`exit: ${reason}`);
    },
  };
  return {
    clock,
    runtime,
    exits,
    seen,
    on: (event: ConsumerEvent) => void seen.push(event),
    logs: () => lines.filter(({ _aws }) => !_aws),
    metrics: () => lines.filter(({ _aws }) => _aws),

    /** Lambda's context, as the invocation of `functionName` that has `ms` left from now on has it. */
    context(ms = 60_000, functionName = "departures"): InvocationContext {
      const end = clock.now() + ms;
      return {
        awsRequestId: "r-1",
        invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
        getRemainingTimeInMillis: () => end - clock.now(),
      };
    },

    /** Lets time pass until the work is done; rejects if it waits for nothing that will ever happen. */
    async finish<T>(work: Promise<T>): Promise<T> {
      let pending = true;
      const ended = () => {
        pending = false;
      };
      work.then(ended, ended);
      for (;;) {
        await clock.settle();
        if (!pending) return work;
        if (!(await clock.step())) throw new Error("The work waits for ever.");
      }
    },
  };
}
