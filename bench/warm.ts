/** A warm environment: whether a day makes it slower or larger, and what of a batch's time is ours where DynamoDB takes its own. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { kinesisConsumer, progressStore } from "../src/index.ts";
import type { EntryStore } from "../src/progress/store.ts";
import { kinesisEvent } from "../src/testing/kinesis-event.ts";
import { systemClock } from "../src/time/clock.ts";
import { virtualClock } from "../src/time/virtual-clock.ts";
import { allDone, type Row, type RowSet } from "./harness.ts";
import { decode, idOf } from "./progress/ours.ts";

export const warm: RowSet = { name: "warm", rows };

const million = 1_000_000;
const day = 86_400_000;

async function* rows(): AsyncGenerator<Row> {
  yield* millionsOfADay(4);
  yield await batchBesideDynamoDb();
}

/** A day's records in batches of 500, a million a row; of the last against the first. */
async function* millionsOfADay(millions: number): AsyncGenerator<Row> {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const batchSize = 500;
  const clock = virtualClock();
  const handler = environment(
    forgetfulStore(async () => {}),
    clock,
  );
  const arrivals = (at: number) => ({ from: at, arrival: clock.now() });
  let first: { readonly us: number; readonly heap: number } | undefined;
  // The window's names are in memory, and the code is compiled.
  const windowOf = (millions * million) / 96;
  let at = 0;
  const deliver = async (records: number) => {
    let us = 0;
    for (const end = at + records; at < end; at += batchSize) {
      const event = eventOf(batchSize, arrivals(at));
      const begun = process.cpuUsage();
      await allDone(handler(event));
      const { user, system } = process.cpuUsage(begun);
      us += user + system;
      await clock.advance((day * batchSize) / (millions * million));
    }
    return us / records;
  };
  await deliver(2 * Math.ceil(windowOf / batchSize) * batchSize);
  for (let part = 1; part <= millions; part++) {
    const us = await deliver(million);
    collectGarbage();
    const heap = process.memoryUsage().heapUsed / 1e6;
    first ??= { us, heap };
    const isLast = part === millions;
    yield {
      name: `a day of warm invocations, million ${part} of ${millions}`,
      ...(isLast && { peer: "its first million" }),
      values: {
        "CPU µs a record": us,
        "heap MB": heap,
        ...(isLast && { times: us / first.us, "times the heap": heap / first.heap }),
      },
      ...(isLast && { limits: { times: 1.1, "times the heap": 1.1 } }),
    };
  }
}

/** Batches of 100, each read and each append 5 ms away, beside two waits of as long. */
async function batchBesideDynamoDb(): Promise<Row> {
  const awayMs = 5;
  const handler = environment(
    forgetfulStore(() => sleep(awayMs)),
    systemClock,
  );
  const ours: number[] = [];
  const waits: number[] = [];
  for (let round = -50; round < 500; round++) {
    const event = eventOf(100, { from: (round + 50) * 100, arrival: Date.now() });
    const begun = performance.now();
    await allDone(handler(event));
    const answered = performance.now();
    await sleep(awayMs);
    await sleep(awayMs);
    if (round < 0) continue;
    ours.push(answered - begun);
    waits.push(performance.now() - answered);
  }
  const [p50, p99] = [quantile(ours, 0.5), quantile(ours, 0.99)];
  const [bare50, bare99] = [quantile(waits, 0.5), quantile(waits, 0.99)];
  return {
    name: "a batch of 100, DynamoDB 5 ms away",
    peer: "two waits of 5 ms",
    values: {
      "p50 ms": p50,
      "p99 ms": p99,
      "waits p50 ms": bare50,
      "waits p99 ms": bare99,
      "ours p50 ms": p50 - bare50,
      times: p50 / bare50,
    },
  };
}

const quantile = (times: readonly number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(share * times.length)]!;

const eventOf = (size: number, at: { readonly from: number; readonly arrival: number }) =>
  kinesisEvent(
    Array.from({ length: size }, (_, place) => ({ id: idOf(at.from + place) })),
    at,
  );

function environment(store: EntryStore, clock: typeof systemClock) {
  const nothing = () => {};
  return kinesisConsumer({
    consumer: "warm",
    decode,
    uniqueId: ({ id }) => id,
    progress: progressStore(store),
    metrics: false,
    logger: { debug: nothing, info: nothing, warn: nothing, error: console.error },
    runtime: { clock },
    process() {},
  });
}

/** Takes every entry and keeps none: nobody else writes, and what grows is the environment's. */
function forgetfulStore(answered: () => Promise<unknown>): EntryStore {
  const none = { entries: [], more: false };
  return {
    async readAfter() {
      await answered();
      return none;
    },
    async readBefore() {
      await answered();
      return none;
    },
    readSome: async () => [],
    async append() {
      await answered();
      return { ok: true };
    },
    isTransient: () => false,
    parentsOf: async () => [],
  };
}
