import {
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  type Parking,
  type ProgressStore,
} from "shardmill";
import { decode, type Item, world } from "../consumer/world.ts";

interface Settings {
  readonly park?: Parking;
  readonly progress?: ProgressStore;
  readonly maxAttempts?: number;
  readonly retryable?: (error: unknown) => boolean;
  readonly uniqueId?: (item: Item) => string;
  readonly fail?: () => unknown;
}

/** A consumer whose records of the id "bad" fail. */
export function parking({
  fail = () => new NonRetryableError("never"),
  ...settings
}: Settings = {}) {
  const its = world();
  const store = memoryParking();
  const done: string[] = [];
  const attempts: number[] = [];
  const options = { park: store, progress: memoryProgress(), ...settings };
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      ...options,
      runtime: its.runtime,
      on: its.on,
      process({ id }, _, { attempt }) {
        if (id === "bad") {
          attempts.push(attempt);
          throw fail();
        }
        done.push(id);
      },
    });
    return (event: unknown, ms = 60_000) => its.finish(handler(event, its.context(ms)));
  };
  return {
    ...its,
    done,
    attempts,
    start,
    invoke: start(),
    parked: () => [...store.parked.values()],
  };
}
