/** Those who handle a batch of Lambda's limit, 10,000 records, with an effect that does nothing: what is left is the framework. */
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
import { json, kinesisConsumer } from "../../src/index.ts";
import type { KinesisEvent } from "../../src/record/kinesis-event.ts";
import { kinesisEvent } from "../../src/testing/kinesis-event.ts";
import { use } from "../compare.ts";

export const size = 10_000;
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
interface Seen {
  calls: number;
  bytes: number;
}
type Handler = (event: KinesisEvent) => Promise<unknown>;
export interface Contender {
  readonly handler: Handler;
  readonly seen: Seen;
}

/** Powertools in each of its ways. */
const ofPowertools = (effect: () => Effect) => ({
  "Powertools in parallel": () => powertools(effect(), new BatchProcessor(kinesis)),
  "Powertools in sequence": () => powertools(effect(), new BatchProcessor(kinesis), false),
  // Deprecated there, and without a successor that is synchronous.
  "its synchronous processor": () => powertoolsSync(effect()),
});

/** By row and name. */
export const contenders = {
  plain: { shardmill: oursPlain, ...ofPowertools(() => plain), "base64 alone": base64Alone },
  parser: {
    shardmill: oursJson,
    "with its parser, in parallel": () => powertools(parsed, withParser()),
    "with its parser, in sequence": () => powertools(parsed, withParser(), false),
  },
  json: { shardmill: oursJson, ...ofPowertools(() => byHand), "parsing alone": parsingAlone },
} satisfies Readonly<Record<string, Readonly<Record<string, () => Contender>>>>;

setFlagsFromString("--expose-gc");
const gc: (options?: { type: "minor" }) => void = runInNewContext("gc");
/** Empties the young generation, which parsing has filled: that is on nobody's account. What is alive leaves it the second time. */
export function collectYoung(): void {
  gc({ type: "minor" });
  gc({ type: "minor" });
}

/**
 * Checks a contender, and gives its turns: each resolves to its own milliseconds. What parsing leaves is collected between turns, with
 * turns that nobody times behind it: marking and sweeping that begin of themselves slow whoever's turn it is.
 */
export async function turnsOf({ handler, seen }: Contender): Promise<() => Promise<number>> {
  const event = kinesisEvent(readings, { partitionKey: ({ sensor }) => sensor });
  await check({ handler, seen }, event);
  // A processor writes into its event: each turn gets its own, as Lambda would parse it.
  const source = JSON.stringify(event);
  const turn = async () => {
    const own = JSON.parse(source) as KinesisEvent;
    collectYoung();
    const begun = performance.now();
    await handler(own);
    const ms = performance.now() - begun;
    use(seen.bytes);
    return ms;
  };
  let turns = 0;
  return async () => {
    if (turns++ % turnsBetweenCollections === 0) {
      gc();
      await turn();
      await turn();
    }
    return turn();
  };
}

const turnsBetweenCollections = 6;

/** The handler must have seen every record once, and everything must count as done. */
async function check({ handler, seen }: Contender, event: KinesisEvent): Promise<void> {
  assert.deepEqual(await handler(structuredClone(event)), { batchItemFailures: [] });
  assert.equal(seen.calls, size);
}

const newSeen = (): Seen => ({ calls: 0, bytes: 0 });
const silent = { debug() {}, info() {}, warn() {}, error: console.error };

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
function base64Alone(): Contender {
  return bareLoop(({ kinesis }) => Buffer.from(kinesis.data, "base64").length);
}

function parsingAlone(): Contender {
  return bareLoop(byHand);
}

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
