/** Ids that have one effect in the whole stream: what is asked of their store, when, and what becomes of the record whatever it answers. */
import {
  type ConsumerEvent,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  onceStreamWide,
  progressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import type { IdClaim, IdItem, IdStore } from "../../src/progress/stream-ids.ts";
import { allDone, answerAt, decode, eventOf, type Item, world } from "./world.ts";

/** A store whose answers are the test's own. */
function consumer(store: Partial<IdStore>, more: object = {}, chance = 0.9) {
  const its = world();
  const asked: string[] = [];
  const ids: IdStore = {
    claim: async () => undefined,
    complete: async () => true,
    release: async () => {},
    ...store,
  };
  const traced: IdStore = {
    claim(id, ...rest) {
      asked.push(`claim ${id.split("/").at(-1)} at ${its.clock.now() - begun}`);
      return ids.claim(id, ...rest);
    },
    complete(id, ...rest) {
      asked.push(`complete ${id.split("/").at(-1)}`);
      return ids.complete(id, ...rest);
    },
    release(id, ...rest) {
      asked.push(`release ${id.split("/").at(-1)}`);
      return ids.release(id, ...rest);
    },
  };
  const begun = its.clock.now();
  const ran: string[] = [];
  const counts: Record<string, number>[] = [];
  const failures: (readonly [string, unknown])[] = [];
  const handler = kinesisConsumer<Item>({
    ...{ consumer: "c", decode, progress: memoryProgress(), metrics: false },
    runtime: { ...its.runtime, random: () => chance },
    uniqueId: ({ id }: Item) => id,
    on(event: ConsumerEvent) {
      if (event.type === "settled") counts.push({ ...event.counts });
      if (event.type === "failed") failures.push([event.record.partitionKey, event.error]);
    },
    process: onceStreamWide(traced, ({ id }: Item) => {
      ran.push(id);
      if (id === "bad") throw new Error("no");
      if (id === "hangs") return new Promise(() => {});
      return undefined;
    }),
    ...more,
  } as KinesisConsumerOptions<Item>);
  return {
    ...{ ...its, asked, ran, counts, failures },
    invoke: (event: unknown, ms = 60_000) => its.finish(handler(event, its.context(ms))),
  };
}

const itemOf = (more: Partial<IdItem>): IdItem => ({
  ...{ holder: "somebody", token: "theirs", until: 9e15, state: "began" },
  ...more,
});

describe("onceStreamWide takes", () => {
  it.each<[string, any]>([
    ["no store", undefined],
    ["a function, which dynamodbIds is without its parentheses", () => {}],
  ])("not %s for one", (_, ids) => {
    expect(() => onceStreamWide(ids, () => {})).toThrow(
      "onceStreamWide: its first argument must be dynamodbIds(), with its parentheses, or a store with claim, complete and release.",
    );
  });

  it("no generator for an effect: nothing of it would run", () => {
    const store = {
      claim: async () => undefined,
      complete: async () => true,
      release: async () => {},
    };
    for (const process of [undefined, function* () {}])
      expect(() => onceStreamWide(store, process as never)).toThrow(
        "onceStreamWide: its second argument must be process, and no generator.",
      );
  });
});

describe("an id that another holds", () => {
  it("is asked for again after a fifth of a second, half of it less or more, until it is free", async () => {
    let held = 2;
    const { asked, invoke, ran } = consumer({
      claim: async () => (held-- > 0 ? itemOf({}) : undefined),
    });
    expect(await invoke(eventOf(["a"]))).toEqual(allDone);
    // 200 ms * (0.5 + 0.9) = 280 ms.
    expect(asked).toEqual(["claim a at 0", "claim a at 280", "claim a at 560", "complete a"]);
    expect(ran).toEqual(["a"]);
  });

  it("is given up when it would be asked for too late, and its key waits with it", async () => {
    const { asked, invoke, ran, counts } = consumer({ claim: async () => itemOf({}) });
    // 560 ms until the signal: after two waits none is left.
    expect(await invoke(eventOf(["a@k", "b@k"]), 1560)).toEqual(answerAt(eventOf(["a", "b"]), 0));
    expect(asked).toEqual(["claim a at 0", "claim a at 280"]);
    expect(ran).toEqual([]);
    expect(counts).toMatchObject([{ givenBack: 2, failed: 0 }]);
  });

  it("is this record's own where a claim of its own was written and its reply was lost", async () => {
    const { invoke, ran } = consumer({
      claim: async (_, { holder, token, until }) => ({ holder, token, until, state: "began" }),
    });
    expect(await invoke(eventOf(["a"]))).toEqual(allDone);
    expect(ran).toEqual(["a"]);
  });

  it.each([
    [
      "as a duplicate, where that was another record",
      { duplicates: 1, redelivered: 0 },
      () => "else",
    ],
    [
      "as a redelivery, where that was this one",
      { duplicates: 0, redelivered: 1 },
      ({ holder }: IdClaim) => holder,
    ],
  ])("and is done with lets its key go on: %s", async (_, counted, holderOf) => {
    const { invoke, ran, counts } = consumer({
      claim: async (id, claim) =>
        id.endsWith("/a") ? itemOf({ state: "done", holder: holderOf(claim) }) : undefined,
    });
    expect(await invoke(eventOf(["a@k", "b@k"]))).toEqual(allDone);
    expect(ran).toEqual(["b"]);
    expect(counts).toMatchObject([counted]);
  });
});

describe("a store of ids that fails", () => {
  const refuse = () => Promise.reject(new Error("no such table"));

  it("at a claim fails the record, which has had no effect", async () => {
    const { invoke, ran, failures } = consumer({ claim: refuse });
    expect(await invoke(eventOf(["a"]))).toEqual(answerAt(eventOf(["a"]), 0));
    expect(ran).toEqual([]);
    expect(failures).toMatchObject([["a", { message: "no such table" }]]);
  });

  it("after the effect is said, and the record is done", async () => {
    const { invoke, ran, logs } = consumer({ complete: refuse });
    expect(await invoke(eventOf(["a"]))).toEqual(allDone);
    expect(ran).toEqual(["a"]);
    expect(logs()).toMatchObject([
      {
        level: "ERROR",
        message: "The id of a record could not be marked. It is held until its invocation is over.",
        ...{ consumer: "c", partitionKey: "a", id: "c/orders/id/a" },
        error: { message: "no such table" },
      },
    ]);
  });
});

it("an id that was lost while its effect went on is said to have had two", async () => {
  const { invoke, logs } = consumer({ complete: async () => false });
  expect(await invoke(eventOf(["a"]))).toEqual(allDone);
  expect(logs()).toMatchObject([
    {
      level: "WARN",
      message: "Another record with this id was processed as well: the invocation took too long.",
      ...{ consumer: "c", partitionKey: "a", id: "c/orders/id/a" },
    },
  ]);
});

it("an id whose effect came about is marked, without a word", async () => {
  const { invoke, logs } = consumer({});
  expect(await invoke(eventOf(["a"]))).toEqual(allDone);
  expect(logs()).toEqual([]);
});

describe("an effect", () => {
  it("that fails has failed once, and its id is free", async () => {
    const { invoke, asked, failures } = consumer({});
    expect(await invoke(eventOf(["bad"]))).toEqual(answerAt(eventOf(["bad"]), 0));
    expect(failures).toMatchObject([["bad", { message: "no" }]]);
    expect(asked).toEqual(["claim bad at 0", "release bad"]);
  });

  it("that hangs has failed once it must end", async () => {
    const { invoke, failures } = consumer({});
    await expect(invoke(eventOf(["hangs"]))).rejects.toThrow("exit: ");
    expect(failures).toMatchObject([["hangs", { message: expect.stringContaining("went on") }]]);
  });
});

it("what the log has come to say while an id was waited for lets its key go on", async () => {
  const progress = memoryProgress();
  // Tokens come of chance: theirs must differ.
  const other = consumer({}, { progress }, 0.1);
  const event = eventOf(["x@m", "y@m", "a@k", "b@k"]);
  const [, , a] = event.Records;
  const { invoke, clock, ran } = consumer(
    {
      async claim(id) {
        // What was done is appended when the next one has begun, and meets what the other has said.
        if (id.endsWith("/x")) await clock.sleep(10);
        if (!id.endsWith("/a")) return undefined;
        await other.invoke({ Records: [a] });
        await clock.sleep(100);
        return undefined;
      },
    },
    { progress, commitEvery: { records: 1, ms: 60_000 } },
  );
  expect(await invoke(event)).toEqual(allDone);
  expect(ran).not.toContain("a");
  expect(ran).toContain("b");
});

it.each([
  ["with a log", {}],
  [
    "without one",
    {
      progress: progressStore({
        ...memoryProgress(),
        readBefore: () => Promise.reject(new Error("no such table")),
      }),
      onProgressUnavailable: "continue",
    },
  ],
])(
  "a claim that is answered after the hard margin has no effect, and is given back: %s",
  async (_, more) => {
    const { invoke, clock, asked, ran, failures, logs } = consumer(
      { claim: () => clock.sleep(5000).then(() => undefined) },
      { park: memoryParking(), ...more },
    );
    await expect(invoke(eventOf(["a"]), 3000)).rejects.toThrow("exit: ");
    await clock.advance(5000);
    expect(asked).toEqual(["claim a at 0", "release a"]);
    expect([ran, failures]).toEqual([[], []]);
    expect(logs().filter(({ message }) => message.includes("marked"))).toEqual([]);
  },
);
