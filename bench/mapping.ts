/** A million records from the simulator's stream through Lambda's event source mapping, and what of it is the consumer's own time. */
import assert from "node:assert/strict";
import { createKinesis } from "../packages/local/src/kinesis/index.ts";
import { inProcessFunction } from "../packages/local/src/lambda/hosts/index.ts";
import { createEventSourceMapping } from "../packages/local/src/lambda/mapping/index.ts";
import { json, kinesisConsumer } from "../src/index.ts";
import type { KinesisEvent } from "../src/record/kinesis-event.ts";
import { seededRandom } from "../src/time/random.ts";
import { virtualClock } from "../src/time/virtual-clock.ts";
import { compare, use } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const mapping: RowSet = { name: "mapping", rows };

const batchSize = 1000;
const shards = 4;
/** Events that are fed directly come again and again: a million records as text would be half a gigabyte. */
const kept = 20;

async function* rows(): AsyncGenerator<Row> {
  const records = 1_000_000;
  const { through, fed } = mappingTurns(records);
  yield await compare({
    name: "1,000,000 records, JSON, batches of 1,000",
    records,
    ours: through,
    peers: { "serialized events": fed },
    timesAtMost: 1.3,
    rounds: 3,
    warmUps: 1,
  });
}

interface Reading {
  readonly id: string;
  readonly celsius: number;
}

/** Turns of the mapping, and of the consumer alone with the events that the mapping would make. */
export function mappingTurns(records: number) {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock, random: seededRandom(1) });
  kinesis.createStream({ name: "readings", shards });
  for (let from = 0; from < records; from += 500) {
    kinesis.putRecords({
      stream: "readings",
      records: putsFrom(from, Math.min(500, records - from)),
    });
  }
  let seen = 0;
  const handler = kinesisConsumer<Reading>({
    consumer: "bench",
    decode: json() as never,
    metrics: false,
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
    process: ({ id }) => {
      seen++;
      use(id.length);
    },
  });
  const events: string[] = [];

  const deliver = async (invoke: (event: KinesisEvent, context: never) => unknown) => {
    const fn = inProcessFunction({
      functionName: "bench",
      timeout: 60,
      clock,
      handler: invoke as never,
    });
    const mapping = createEventSourceMapping({
      kinesis,
      clock,
      stream: "readings",
      settings: { batchSize, functionResponseTypes: ["ReportBatchItemFailures"] },
      trace: false,
      invoke: (event, context) => fn.invoke(event, context),
    });
    await mapping.drain();
    await mapping.close();
    await fn.close();
  };
  return {
    async through(): Promise<undefined> {
      seen = 0;
      await deliver(handler);
      assert.equal(seen, records);
    },
    async fed(): Promise<number> {
      if (events.length === 0) {
        await deliver((event, context) => {
          if (events.length < kept) events.push(JSON.stringify(event));
          return handler(event, context);
        });
      }
      seen = 0;
      const begun = performance.now();
      for (let turn = 0; seen < records; turn++) {
        const event = JSON.parse(events[turn % events.length]!) as KinesisEvent;
        assert.deepEqual(await handler(event), { batchItemFailures: [] });
      }
      return ((performance.now() - begun) * records) / seen;
    },
  };
}

const putsFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    partitionKey: `sensor-${(from + index) % 1000}`,
    data: Buffer.from(
      JSON.stringify({
        id: `reading-${from + index}`,
        celsius: 20 + (index % 100) / 10,
        labels: ["roof", "north"],
      }),
    ),
  }));
