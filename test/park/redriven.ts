import {
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  type ParkedRecord,
} from "shardmill";
import { expect } from "vitest";
import { type RedriveResult, redriveEvent } from "../../src/park/redrive-event.ts";
import { comparePositions } from "../../src/record/position.ts";
import { decode, type Item, world } from "../consumer/world.ts";

/** A consumer in which what is in `failing` fails for good, and is parked. */
export function parked(settings: Partial<KinesisConsumerOptions<Item>> = {}) {
  const its = world();
  const park = memoryParking();
  const progress = memoryProgress();
  const failing = new Set<string>();
  const ran: string[] = [];
  const attempts: number[] = [];
  const start = () => {
    const handler = kinesisConsumer<Item>({
      ...{ consumer: "c", decode, progress, park, metrics: false, runtime: its.runtime },
      process({ id }: Item, _: unknown, { attempt }: { attempt: number }) {
        ran.push(id);
        attempts.push(attempt);
        if (failing.has(id)) throw new NonRetryableError(`no ${id}`);
      },
      ...settings,
    } as KinesisConsumerOptions<Item>);
    return (event: unknown, ms?: number) => its.finish(handler(event, its.context(ms)));
  };
  let invoke = start();
  const records = () => [...park.parked.values()].sort(comparePositions);
  return {
    ...its,
    ...{ failing, ran, attempts, start, park, progress, records },
    invoke: (event: unknown) => invoke(event),
    /** Another environment takes over. */
    restart() {
      invoke = start();
    },
    /** As `shardmill redrive` does it. */
    async redrive(items: readonly ParkedRecord[] = records(), seconds = 900, ms?: number) {
      const deadline = its.clock.now() + seconds * 1000;
      const response = await start()(redriveEvent(items, { token: "t", deadline }), ms);
      return response as typeof response & { readonly redriven: readonly RedriveResult[] };
    },
    /** As `shardmill progress reset` does it. */
    async reset() {
      const [{ id } = { id: "" }] = records();
      const log = id.slice(0, id.indexOf("#", id.indexOf("#shardId-") + 1));
      const [newest] = (await progress.readBefore(log, Number.POSITIVE_INFINITY)).entries;
      const entry = { kind: "reset", writer: "reset", token: "reset", v: 1 } as const;
      const n = newest!.n + 1;
      expect(await progress.append(log, { ...entry, n, at: its.clock.now() }, 0)).toEqual({
        ok: true,
      });
    },
    outcomes: (response: { readonly redriven: readonly RedriveResult[] }) =>
      response.redriven.map(({ outcome }) => outcome),
  };
}
