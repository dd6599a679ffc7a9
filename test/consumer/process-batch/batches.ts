import {
  type BatchContext,
  type BatchFailures,
  type BatchRecord,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  type Order,
} from "shardmill";
import { decode, type Item, world } from "../world.ts";

export type Records = readonly BatchRecord<Item>[];
export type Answer = BatchFailures<Item> | undefined | void;

interface Settings {
  readonly maxItems?: number;
  readonly maxBytes?: number;
  readonly order?: Order;
  readonly uniqueId?: (item: Item) => string;
}

/** A consumer that keeps the ids of each call, and what `work` does in it. */
export function batches(
  work: (records: Records, context: BatchContext) => Answer | Promise<Answer> = () => {},
  { withProgress = true, ...settings }: Settings & { withProgress?: boolean } = {},
) {
  const its = world();
  const calls: string[][] = [];
  const park = memoryParking();
  const memory = withProgress ? { progress: memoryProgress(), park } : {};
  const handler = kinesisConsumer<Item>({
    consumer: "c",
    decode,
    runtime: its.runtime,
    ...memory,
    ...settings,
    processBatch(records, context) {
      calls.push(records.map(({ value }) => value.id));
      return work(records, context);
    },
  } as Parameters<typeof kinesisConsumer<Item>>[0]);
  const invoke = (event: unknown, ms = 60_000) => its.finish(handler(event, its.context(ms)));
  return { ...its, calls, invoke, parked: () => [...park.parked.values()] };
}

/** `{ failed }` of the records with these ids. */
export const failing =
  (...ids: string[]) =>
  (records: Records): Answer => ({
    failed: records
      .filter(({ value }) => ids.includes(value.id))
      .map((record) => ({ record, error: new Error(`no ${record.value.id}`) })),
  });

/** Throws when one of these ids is among the records. */
export const throwing =
  (...ids: string[]) =>
  (records: Records): Answer => {
    if (records.some(({ value }) => ids.includes(value.id))) throw new Error("no");
  };
