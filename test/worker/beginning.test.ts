/** What a worker does before it takes part: what AWS refuses for a moment is asked again, and a stop waits for none of it. */
import { expect, it } from "vitest";
import type { Stream } from "../../src/worker/reading/stream.ts";
import type { LeaseTable } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

type Rig = ReturnType<typeof workerRig>;

const named = (name: string) => Object.assign(new Error(name), { name });

/** Refuses so many calls. */
const refusing = (name: string, times: number) => {
  let left = times;
  return async () => {
    if (left-- > 0) throw named(name);
  };
};

const withStream = (rig: Rig, change: (stream: Stream) => Partial<Stream>) => ({
  runtime: rig.streamBut(change),
});

const withTable = (rig: Rig, change: Partial<LeaseTable>) => ({
  leases: { open: () => ({ ...rig.table, ...change }) },
});

const limit = () => refusing("LimitExceededException", 5);

it.each<[string, string, (rig: Rig) => object]>([
  [
    "the description of the stream",
    "describing the streams",
    (rig) => {
      const refuse = limit();
      return withStream(rig, ({ describe }) => ({ describe: () => refuse().then(describe) }));
    },
  ],
  [
    "the listing of its shards",
    "looking at the lease table",
    (rig) => {
      const refuse = limit();
      return withStream(rig, ({ listShards }) => ({
        listShards: (from) => refuse().then(() => listShards(from)),
      }));
    },
  ],
  [
    "the description of the lease table",
    "opening the lease table",
    (rig) => {
      const refuse = refusing("ThrottlingException", 5);
      return withTable(rig, { ready: () => refuse().then(() => rig.table.ready()) });
    },
  ],
])(
  "%s may be refused for a while, because a whole fleet asks for it",
  async (_, doing, options) => {
    const rig = workerRig();
    rig.put("a");
    const one = rig.start("one", options(rig));
    await rig.clock.advance(10_000);
    await one.ready;
    expect(rig.values()).toEqual(["a"]);
    expect(rig.events).toContainEqual(expect.objectContaining({ type: "trouble", doing }));
  },
);

it("a worker ends with what AWS refuses without end", async () => {
  const rig = workerRig();
  const refuse = refusing("LimitExceededException", Number.POSITIVE_INFINITY);
  const one = rig.start(
    "one",
    withStream(rig, () => ({ describe: refuse as never })),
  );
  const ended = expect(one.done).rejects.toThrow("LimitExceeded");
  await rig.clock.advance(30_000);
  await ended;
});

const silent = () => new Promise<never>(() => {});

it.each<[string, (rig: Rig) => object]>([
  ["describes a stream", (rig) => withStream(rig, () => ({ describe: silent }))],
  ["waits for the lease table", (rig) => withTable(rig, { ready: silent })],
  [
    "looks at a lease table that refuses",
    (rig) =>
      withTable(rig, { scan: refusing("ThrottlingException", Number.POSITIVE_INFINITY) as never }),
  ],
])("a stop while a worker %s is not kept waiting by it", async (_, options) => {
  const rig = workerRig();
  const one = rig.start("one", options(rig));
  await rig.clock.advance(2500);
  let isDone = false;
  void one.stop().then(() => {
    isDone = true;
  });
  await rig.clock.advance(1500);
  expect(isDone).toBe(true);
});

it("what answers after a stop begins nothing any more", async () => {
  const rig = workerRig();
  rig.put("a");
  const answered = Promise.withResolvers<void>();
  const one = rig.start("one", withTable(rig, { ready: () => answered.promise }));
  await rig.clock.advance(1000);
  await one.stop();
  answered.resolve();
  await rig.clock.advance(20_000);
  await one.ready;
  expect(one.leases()).toEqual([]);
  expect(await rig.table.scan()).toEqual([]);
  expect(rig.values()).toEqual([]);
});
