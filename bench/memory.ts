/** What a warm function keeps in mind of 100,000 records, beside a `Set` of their ids. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { json, kinesisConsumer, progressStore } from "../src/index.ts";
import { kinesisEvent } from "../src/testing/kinesis-event.ts";
import type { Row, RowSet } from "./harness.ts";

export const memory: RowSet = { name: "memory", rows };

const perBatch = 1000;
/** Above what a million names take: no window is to be shortened here. */
const maxMemoryBytes = 256 * 1024 * 1024;

async function* rows(): AsyncGenerator<Row> {
  const names = 100_000;
  const { ours, set, ratio } = await memoryOf(names);
  yield {
    name: "a warm function with 100,000 names",
    peer: "a Set of ids",
    values: { "shardmill kB": ours / 1000, "a Set of ids kB": set / 1000, size: ratio },
    limits: { size: 0.5 },
  };
}

/** Bytes, held by a handler and by a set; of few names there are several of each, or nothing could be seen. */
export async function memoryOf(
  names: number,
): Promise<{ ours: number; set: number; ratio: number }> {
  const copies = Math.max(1, Math.floor(100_000 / names));
  // Compiled code and caches are nobody's names.
  await fill(newHandler(), 50_000);
  const before = await held();
  const effectsBefore = effects;
  const handlers = Array.from({ length: copies }, newHandler);
  for (const handler of handlers) await fill(handler, names);
  assert.equal(effects - effectsBefore, names * copies);
  const ours = ((await held()) - before) / copies;

  const beforeSets = await held();
  const sets = Array.from({ length: copies }, () => setOf(names));
  const set = ((await held()) - beforeSets) / copies;
  // None may be collected before.
  assert.ok(sets.every(({ size }) => size === names));
  for (const handler of handlers) await fill(handler, perBatch);
  return { ours, set, ratio: ours / set };
}

/** Of ids as they come out of JSON. */
function setOf(names: number): Set<string> {
  const set = new Set<string>();
  for (let from = 0; from < names; from += perBatch) {
    for (const { id } of JSON.parse(JSON.stringify(idsFrom(from, perBatch)))) set.add(id);
  }
  return set;
}

function newHandler() {
  return kinesisConsumer<{ id: string }>({
    consumer: "bench",
    decode: json() as never,
    uniqueId: ({ id }) => id,
    progress: forgetful,
    maxMemoryBytes,
    metrics: false,
    process: () => void effects++,
  });
}

let effects = 0;

/** Batch after batch, of new ids that arrive now. */
async function fill(handler: ReturnType<typeof newHandler>, names: number): Promise<void> {
  const arrival = Date.now();
  for (let from = 0; from < names; from += perBatch) {
    await handler(kinesisEvent(idsFrom(from, perBatch), { from, arrival }));
  }
}

/** Says that everything is saved, and keeps nothing itself. */
const forgetful = progressStore({
  readAfter: async () => ({ entries: [], more: false }),
  readBefore: async () => ({ entries: [], more: false }),
  readSome: async () => [],
  append: async () => ({ ok: true }),
  isTransient: () => false,
  parentsOf: async () => [],
});

/** 36 characters each, as a UUID has. */
const idsFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, place) => ({
    id: `00000000-0000-4000-8000-${String(from + place).padStart(12, "0")}`,
  }));

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Memory outside of the heap is given back a little after its owner was collected. */
async function held(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
