/** What still runs at the hard margin has failed by then, whatever becomes of it. */
import { type KinesisConsumerOptions, memoryParking } from "shardmill";
import { expect, it } from "vitest";
import { environments } from "../progress/environments.ts";
import { world as progressWorld } from "../progress/world.ts";
import type { Item } from "./world.ts";

type Options = Partial<KinesisConsumerOptions<Item>>;

/** Of an invocation of 60 s: the hard margin, with the last entry under way. */
const whileSaved = 58_600;

const never = new Promise<never>(() => {});

it.each<[string, (sleep: (ms: number) => Promise<void>) => object]>([
  [
    "an effect that fails then",
    (sleep) => ({
      async process() {
        await sleep(whileSaved);
        throw new Error("too late");
      },
    }),
  ],
  [
    "a failure of which `retryable` says something then",
    (sleep) => ({
      async process() {
        throw new Error("no");
      },
      retryable: () => sleep(whileSaved).then(() => false),
    }),
  ],
])("%s has failed once", async (_, optionsOf) => {
  const { clock, start, progress, entries, seen, logs } = environments();
  const invoke = start({
    ...optionsOf((ms) => clock.sleep(ms)),
    park: memoryParking(),
    progress: {
      ...progress,
      async append(...entry) {
        await clock.sleep(200);
        return progress.append(...entry);
      },
    },
  } as Options);
  await expect(invoke(["a"])).rejects.toThrow("exit: An effect of c went on after its signal.");
  await clock.advance(5_000);
  const failures = seen.filter(({ type }) => type === "failed");
  expect(failures).toMatchObject([{ attempt: 1, record: { partitionKey: "a" } }]);
  expect(entries.map(({ open, parked }) => [open, parked])).toMatchObject([
    [[{ attempts: 1, hung: true }], []],
  ]);
  expect(logs().filter(({ level }) => level === "ERROR")).toMatchObject([
    {
      message: "It went on after its signal, until the end of its invocation.",
      ...{ consumer: "c", shardId: "shardId-000000000000", partitionKey: "a", attempt: 1 },
    },
  ]);
});

it("a record that hung as often as it may is parked, and neither read nor run", async () => {
  const park = memoryParking();
  const { start, runs } = environments({ park, maxAttempts: 1 });
  await expect(start({ process: () => never } as Options)(["stuck"])).rejects.toThrow("exit: ");
  const decoded: string[] = [];
  const decode = (data: Uint8Array) => {
    decoded.push(String(data));
    return JSON.parse(String(data)) as Item;
  };
  expect(await start({ decode } as Options)(["stuck"])).toEqual({ batchItemFailures: [] });
  expect([decoded, runs, park.parked.size]).toEqual([[], [], 1]);
});

it("a record whose id cannot be told, and of which `retryable` never says whether it may go away, hangs, and is parked", async () => {
  const park = memoryParking();
  const its = progressWorld({
    timeoutMs: 10_000,
    consumer: {
      ...{ park, maxAttempts: 2, retryable: (() => never) as never },
      uniqueId({ id }: Item) {
        if (id === "stuck") throw new Error("no");
        return id;
      },
    },
  });
  its.put("a", "stuck", "b");
  await its.map().drain();
  expect([...its.ids()].sort()).toEqual(["a", "b"]);
  expect([...park.parked.values()]).toMatchObject([{ attempts: 2 }]);
});

it("a log that what has hung may still write to is read anew, where the environment goes on after all", async () => {
  const { coldReads, start } = environments();
  let hangs = false;
  const invoke = start({ process: () => hangs && never } as Options);
  await invoke(["a"]);
  await invoke(["b"], 1);
  expect(coldReads()).toBe(1);
  hangs = true;
  await expect(invoke(["c"], 2)).rejects.toThrow("exit");
  hangs = false;
  await invoke(["c"], 2);
  expect(coldReads()).toBe(2);
});
