/** Rows of consumers that count: how fast a function's whole batch is, and what it asks of its table. */
import { memoryProgress, withRuntime } from "../src/index.ts";
import { kinesisEvent } from "../src/testing.ts";
import { allDone, type Row, race } from "./harness.ts";
import { arrival, records, trades } from "./trades.ts";

type Progress = ReturnType<typeof memoryProgress>;
type Handler = (event: any, context: any) => Promise<unknown>;

/** A function's whole batch: base64, decoding, counting and the entry, in a log in memory. */
export async function batchRow(consumer: (progress: Progress) => Handler): Promise<Row> {
  let from = 0;
  const handler = consumer(memoryProgress());
  const turn = async () => {
    const event = kinesisEvent(trades, { arrival, from });
    from += records;
    const begun = performance.now();
    await allDone(handler(event, context()));
    return performance.now() - begun;
  };
  const { shardmill } = await race({ shardmill: turn }, { rounds: 9, warmUps: 3 });
  return {
    name: "the same as a function's batch, with its progress in memory",
    values: { "shardmill k/s": records / shardmill.medianMs },
    atLeast: { "shardmill k/s": 100 },
  };
}

/** Reads and appends of 100 batches of 100 records, of which each tenth closes a window. */
export async function requestsRow(
  plain: (progress: Progress) => Handler,
  [what, counting]: readonly [what: string, consumer: (progress: Progress) => Handler],
): Promise<Row> {
  const [without, withIt] = [await requestsOf(plain), await requestsOf(counting)];
  return {
    name: "requests to the table, a batch of 100",
    values: { [`with ${what}`]: withIt, without, more: withIt - without },
    limits: { more: 2 },
  };
}

async function requestsOf(consumer: (progress: Progress) => Handler): Promise<number> {
  let requests = 0;
  const counting = new Proxy(memoryProgress(), {
    get(target, name, receiver) {
      const found = Reflect.get(target, name, receiver);
      if (!["readAfter", "readBefore", "readSome", "append"].includes(String(name))) return found;
      return (...args: readonly unknown[]) => {
        requests++;
        return found.apply(target, args);
      };
    },
  });
  const handler = consumer(counting);
  for (let batch = 0; batch < 100; batch++) {
    const some = trades.slice(100 * batch, 100 * (batch + 1));
    const event = kinesisEvent(some, { from: 100 * batch, arrival: arrival + 6000 * batch });
    await allDone(handler(event, context()));
  }
  return requests / 100;
}

const context = () => withRuntime({ getRemainingTimeInMillis: () => 60_000 }, { write() {} });
