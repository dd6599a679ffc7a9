/** A batch of Lambda's limit, 10,000 records, and a handler that does nothing: what is left is the framework. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  BatchProcessor,
  BatchProcessorSync,
  EventType,
  processPartialResponse,
  processPartialResponseSync,
} from "@aws-lambda-powertools/batch";
import { parser } from "@aws-lambda-powertools/batch/parser";
import { Base64Encoded } from "@aws-lambda-powertools/parser/helpers";
import {
  KinesisDataStreamRecord,
  KinesisDataStreamRecordPayload,
} from "@aws-lambda-powertools/parser/schemas/kinesis";
import { z } from "zod";
import { json, kinesisConsumer } from "../src/index.ts";
import type { KinesisEvent } from "../src/record/kinesis-event.ts";
import { kinesisEvent } from "../src/testing/kinesis-event.ts";
import { type Comparison, compare, use } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const batch: RowSet = { name: "batch", rows };

const size = 10_000;
const keys = 1000;

const Reading = z.object({
  id: z.string(),
  sensor: z.string(),
  celsius: z.number(),
  takenAt: z.number().int(),
  labels: z.array(z.string()),
});
export type Reading = z.infer<typeof Reading>;

export const readings: readonly Reading[] = Array.from({ length: size }, (_, index) => ({
  id: `reading-${index}`,
  sensor: `sensor-${index % keys}`,
  celsius: 20 + (index % 100) / 10,
  takenAt: 1_767_225_600_000 + index,
  labels: ["roof", "north"],
}));

/** Calls of the handler, and what they saw. */
export interface Seen {
  calls: number;
  bytes: number;
}
export type Handler = (event: KinesisEvent) => Promise<unknown>;
export interface Contender {
  readonly handler: Handler;
  readonly seen: Seen;
}

async function* rows(): AsyncGenerator<Row> {
  const event = kinesisEvent(readings, { partitionKey: ({ sensor }) => sensor });
  yield await row(
    "10,000 records, no decoding",
    event,
    oursPlain(),
    {
      "Powertools in parallel": powertools(plain, new BatchProcessor(kinesis)),
      "Powertools in sequence": powertools(plain, new BatchProcessor(kinesis), false),
      // Deprecated there, and without a successor that is synchronous.
      "its synchronous processor": powertoolsSync(plain),
    },
    { "base64 alone": base64Alone() },
    { atLeast: 1.25, rounds: 41 },
  );
  yield await row(
    "10,000 records, JSON and a zod schema",
    event,
    oursJson(),
    {
      "with its parser, in parallel": powertools(parsed, withParser()),
      "with its parser, in sequence": powertools(parsed, withParser(), false),
    },
    {},
    { atLeast: 2, rounds: 5 },
  );
  yield await row(
    "the same, Powertools without its parser",
    event,
    oursJson(),
    {
      "Powertools in parallel": powertools(byHand, new BatchProcessor(kinesis)),
      "Powertools in sequence": powertools(byHand, new BatchProcessor(kinesis), false),
      "its synchronous processor": powertoolsSync(byHand),
    },
    { "parsing alone": parsingAlone() },
    { atLeast: 1.5, shareAtLeast: { "parsing alone": 0.9 }, rounds: 21 },
  );
}

setFlagsFromString("--expose-gc");
const gc: (options: { type: "minor" }) => void = runInNewContext("gc");
/** Empties the young generation, which parsing has filled: that is on nobody's account. */
export const collectYoung = () => gc({ type: "minor" });

async function row(
  name: string,
  event: KinesisEvent,
  ours: Contender,
  peers: Readonly<Record<string, Contender>>,
  others: Readonly<Record<string, Contender>>,
  goals: Pick<Comparison, "atLeast" | "rounds" | "shareAtLeast">,
): Promise<Row> {
  // A processor writes into its event: each contender gets its own, as Lambda would parse it.
  const source = JSON.stringify(event);
  const turn = async ({ handler, seen }: Contender) => {
    const own = JSON.parse(source) as KinesisEvent;
    collectYoung();
    const begun = performance.now();
    await handler(own);
    const ms = performance.now() - begun;
    use(seen.bytes);
    return ms;
  };
  const all = [ours, ...Object.values(peers), ...Object.values(others)];
  await Promise.all(all.map((each) => check(each, event)));
  const turns = (contenders: Readonly<Record<string, Contender>>) =>
    Object.fromEntries(Object.entries(contenders).map(([who, each]) => [who, () => turn(each)]));
  return compare({
    name,
    records: size,
    ours: () => turn(ours),
    peers: turns(peers),
    others: turns(others),
    ...goals,
    warmUps: 5,
  });
}

/** The handler must have seen every record once, and everything must count as done. */
async function check({ handler, seen }: Contender, event: KinesisEvent): Promise<void> {
  assert.deepEqual(await handler(structuredClone(event)), { batchItemFailures: [] });
  assert.equal(seen.calls, size);
}

const newSeen = (): Seen => ({ calls: 0, bytes: 0 });
const silent = { debug() {}, info() {}, warn() {}, error: console.error };

/** Those of the first row. */
export const plainContenders = () => ({
  shardmill: oursPlain(),
  "Powertools in parallel": powertools(plain, new BatchProcessor(kinesis)),
  "Powertools in sequence": powertools(plain, new BatchProcessor(kinesis), false),
});

function oursPlain(): Contender {
  const seen = newSeen();
  const handler = kinesisConsumer({
    consumer: "bench",
    metrics: false,
    logger: silent,
    process: (data) => {
      seen.calls++;
      seen.bytes += data.length;
    },
  });
  return { handler, seen };
}

function oursJson(): Contender {
  const seen = newSeen();
  const handler = kinesisConsumer({
    consumer: "bench",
    decode: json(Reading),
    metrics: false,
    logger: silent,
    process: ({ id }) => {
      seen.calls++;
      seen.bytes += id.length;
    },
  });
  return { handler, seen };
}

/** What it takes to hand out bytes, whoever does it. */
const base64Alone = () => bareLoop(({ kinesis }) => Buffer.from(kinesis.data, "base64").length);

const parsingAlone = () => bareLoop(byHand);

function bareLoop(effect: Effect): Contender {
  const seen = newSeen();
  const handler = async ({ Records }: KinesisEvent) => {
    for (const record of Records) {
      seen.calls++;
      seen.bytes += effect(record);
    }
    return { batchItemFailures: [] };
  };
  return { handler, seen };
}

const kinesis = EventType.KinesisDataStreams;

/** The extended schema made once: with `innerSchema` the processor makes it again for each record. */
const withParser = () =>
  new BatchProcessor(kinesis, {
    parser,
    schema: KinesisDataStreamRecord.extend({
      kinesis: KinesisDataStreamRecordPayload.extend({ data: Base64Encoded(Reading) }),
    }),
  });

type Effect = (record: any) => number;

const plain: Effect = ({ kinesis }) => kinesis.data.length;
const parsed: Effect = ({ kinesis }) => (kinesis.data as Reading).id.length;
const byHand: Effect = ({ kinesis }) =>
  Reading.parse(JSON.parse(Buffer.from(kinesis.data, "base64").toString())).id.length;

function powertools(
  effect: Effect,
  processor: BatchProcessor,
  processInParallel = true,
): Contender {
  const seen = newSeen();
  const handler = (event: KinesisEvent) =>
    processPartialResponse(
      event as never,
      async (record: unknown) => {
        seen.calls++;
        seen.bytes += effect(record);
      },
      processor,
      { processInParallel },
    );
  return { handler, seen };
}

function powertoolsSync(effect: Effect): Contender {
  const seen = newSeen();
  const processor = new BatchProcessorSync(kinesis);
  const handler = async (event: KinesisEvent) =>
    processPartialResponseSync(
      event as never,
      (record: unknown) => {
        seen.calls++;
        seen.bytes += effect(record);
      },
      processor,
    );
  return { handler, seen };
}
