/** What an environment leaves behind that died over late records: a claim that nothing has ended. */
import { type KinesisConsumerOptions, memoryParking } from "shardmill";
import { expect } from "vitest";
import { environments } from "../progress/environments.ts";
import type { Item } from "./world.ts";

export type Options = Partial<KinesisConsumerOptions<Item>>;
/** What the library's own hosts give. */
export const asOptions = (options: object) => options as Options;

const never = new Promise<never>(() => {});

/** A consumer after an environment that died over the records of `names`, which are late, and left its claim on them. */
export async function afterDeath(names: readonly string[], more: Options = {}) {
  const its = environments(asOptions({ park: memoryParking(), maxAttempts: 9, ...more }));
  await its.clock.advance(120_000);
  const { progress } = its;
  const dying = its.start({
    process: () => never,
    progress: {
      ...progress,
      append: (log, entry, ...rest) =>
        entry.kind === "began" ? progress.append(log, entry, ...rest) : never,
    },
  } as Options);
  await expect(dying(names)).rejects.toThrow("waits for ever");
  expect(its.entries.map(({ kind }) => kind)).toEqual(["began"]);
  return its;
}
