/** Environments of a consumer with `processBatch`, that keep the ids of each call and what was decoded. */
import type { BatchRecord, KinesisConsumerOptions, Runtime } from "shardmill";
import { environments } from "../../progress/environments.ts";
import type { Item } from "../world.ts";

type Records = readonly BatchRecord<Item>[];

/** An invocation has 60 s: its signal comes after 57 s, the hard margin after 58.5 s. */
export function batches(
  work: (ids: readonly string[], signal: AbortSignal, records: Records) => unknown,
  more: object = {},
  runtime: Partial<Runtime> = {},
) {
  const its = environments();
  const calls: string[][] = [];
  const decoded: string[] = [];
  const start = () =>
    its.start({
      process: undefined,
      decode(data: Uint8Array) {
        const item = JSON.parse(Buffer.from(data).toString()) as Item;
        decoded.push(item.id);
        if (item.id === "broken") throw new Error("unreadable");
        return item;
      },
      processBatch(records: Records, { signal }: { readonly signal: AbortSignal }) {
        const ids = records.map(({ value }) => value.id);
        calls.push(ids);
        return work(ids, signal, records);
      },
      runtime: { ...its.runtime, ...runtime },
      ...more,
    } as unknown as Partial<KinesisConsumerOptions<Item>>);
  const failures = () =>
    its.seen.flatMap((event) =>
      event.type === "failed" ? [`${event.record.partitionKey} #${event.attempt}`] : [],
    );
  return { ...its, calls, decoded, failures, start };
}
