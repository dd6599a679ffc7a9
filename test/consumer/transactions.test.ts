/** Effects that are one transaction with the log's entry, where something comes between. */
import {
  type ConsumerEvent,
  commitWith,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryProgress,
  type ProgressStore,
  type TransactionWrite,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { version } from "../../src/handler/version.ts";
import { allDone, answerAt, decode, eventOf, type Item, suffix, world } from "./world.ts";

/** Environments over one log in a store that knows transactions; `writes` are those that came about. */
function environments({ order = "none" }: { readonly order?: "none" | "partitionKey" } = {}) {
  const its = world();
  const store = memoryProgress();
  const writes: string[] = [];
  const start = (name: string, { appendTakes = 0 } = {}) => {
    const progress: ProgressStore = {
      ...store,
      async append(log, entry, expiresAt, own = []) {
        await its.clock.sleep(appendTakes);
        const appended = await store.append(log, entry, expiresAt);
        if (appended.ok) writes.push(...own.map((write) => `${idIn(write)} in ${name}`));
        return appended;
      },
    };
    const handler = kinesisConsumer({
      ...{ consumer: "c", decode, progress, order, metrics: false, runtime: its.runtime },
      process: ({ id, key }) => commitWith(writeOf(id, key)),
    });
    return (event: unknown) => handler(event, its.context(10_000));
  };
  return { ...its, start, writes };
}

/** Those of one key touch one item, so they go one after the other. */
const writeOf = (id: string, key: string) => ({
  Update: {
    TableName: "t",
    Key: { key },
    UpdateExpression: "SET last = :id",
    ExpressionAttributeValues: { ":id": id },
  },
});

const idIn = (write: TransactionWrite) =>
  (write as ReturnType<typeof writeOf>).Update.ExpressionAttributeValues[":id"];

describe("a transaction that waits for the one before it", () => {
  const event = eventOf(["a@k", "b@k"]);

  it("is not sent when that has shown that another environment has done its record", async () => {
    const { start, clock, finish, writes } = environments();
    const work = start("here", { appendTakes: 10 })(event);
    await clock.advance(5);
    await finish(start("there")(suffix(event, 1)));
    expect(await finish(work)).toEqual(allDone);
    expect(writes).toEqual(["b in there", "a in here"]);
  });

  it("is not sent after the hard margin, at which its record has failed", async () => {
    const { start, clock, finish, writes } = environments();
    await expect(finish(start("here", { appendTakes: 9700 })(event))).rejects.toThrow("exit: ");
    await clock.advance(60_000);
    expect(writes).toEqual(["a in here"]);
  });
});

it("a transaction of two records, of which another environment has done one meanwhile, is that of the other", async () => {
  const { start, clock, finish, writes } = environments();
  const event = eventOf(["a", "b"]);
  const work = start("here", { appendTakes: 10 })(event);
  await clock.advance(5);
  await finish(start("there")(suffix(event, 1)));
  expect(await finish(work)).toEqual(allDone);
  expect(writes).toEqual(["b in there", "a in here"]);
  expect(await finish(start("here")(event))).toEqual(allDone);
  expect(writes).toHaveLength(2);
});

/** A consumer over a store that answers each transaction as the test says; what was sent, by ids. */
function consumer(
  answer: (ids: readonly string[]) => "taken" | readonly (Error | undefined)[] | Error | undefined,
  more: object = {},
) {
  const its = world();
  const store = memoryProgress();
  const sent: string[][] = [];
  const failures: (readonly [string, string])[] = [];
  const progress: ProgressStore = {
    ...store,
    async append(log, entry, expiresAt, writes = []) {
      if (writes.length === 0) return store.append(log, entry, expiresAt);
      const ids = writes.map(idIn);
      sent.push(ids);
      const answered = answer(ids);
      if (answered instanceof Error) throw answered;
      if (Array.isArray(answered)) {
        const refused = new Map([...answered.entries()].filter(([, error]) => error));
        return { ok: false, refused };
      }
      return store.append(log, entry, expiresAt);
    },
  };
  const handler = kinesisConsumer<Item>({
    ...{ consumer: "c", decode, progress, metrics: false, runtime: its.runtime },
    on(event: ConsumerEvent) {
      if (event.type !== "failed") return;
      failures.push([event.record.partitionKey, (event.error as Error).message]);
    },
    process: ({ id, key }: Item) => commitWith(writeOf(id, key)),
    ...more,
  } as KinesisConsumerOptions<Item>);
  const invoke = (event: unknown) => its.finish(handler(event, its.context()));
  return { ...its, sent, failures, invoke };
}

const named = (name: string) => Object.assign(new Error(`${name}: no`), { name });

describe("a transaction of several records", () => {
  it.each([
    ["DynamoDB calls malformed", named("ValidationException")],
    ["the SDK cannot write", new Error("Special numeric value NaN is not allowed")],
  ])("that %s is sent again record by record, to see which it was", async (_, error) => {
    const { invoke, sent, failures } = consumer((ids) => (ids.includes("bad") ? error : undefined));
    const event = eventOf(["a", "bad", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(sent).toEqual([["a", "bad", "b"], ["a"], ["bad"], ["b"]]);
    expect(failures).toEqual([["bad", error.message]]);
  });

  it("that fails in another way fails them all, and is not sent again", async () => {
    const { invoke, sent, failures } = consumer(() => named("AccessDeniedException"));
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(sent).toEqual([["a", "b"]]);
    expect(failures.map(([key]) => key)).toEqual(["a", "b"]);
  });

  it("in which the second write of a record is refused fails that record, and the others go again", async () => {
    const { invoke, sent, failures } = consumer(
      (ids) =>
        ids.includes("a")
          ? ids.map((id, place) =>
              id === "a" && place === 1 ? named("ConditionalCheckFailed") : undefined,
            )
          : undefined,
      { process: ({ id }: Item) => commitWith(writeOf(id, `${id}1`), writeOf(id, `${id}2`)) },
    );
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(sent).toEqual([
      ["a", "a", "b", "b"],
      ["b", "b"],
    ]);
    expect(failures).toEqual([["a", "ConditionalCheckFailed: no"]]);
  });

  it("lets their keys go on", async () => {
    const { invoke, sent } = consumer(() => undefined);
    expect(await invoke(eventOf(["a@k", "b@k"]))).toEqual(allDone);
    expect(sent).toEqual([["a"], ["b"]]);
  });
});

describe("commitWith", () => {
  const writes = (count: number) =>
    Array.from({ length: count }, (_, place) => writeOf("a", `${place}`));

  it.each([0, 100])("takes no %i writes", (count) => {
    expect(() => commitWith(...writes(count))).toThrow(
      `commitWith takes 1 to 99 writes, and was given ${count}: DynamoDB takes 100 in a transaction, one of them for the progress.`,
    );
  });

  it("takes 99 writes, of one record or of several", async () => {
    const counts: Record<string, number> = { all: 99, most: 98, one: 1, two: 2 };
    const { invoke, sent } = consumer(() => undefined, {
      process: ({ id }: Item) =>
        commitWith(
          ...writes(counts[id]!).map(({ Update }, place) =>
            writeOf(id, `${id}${place}${Update.TableName}`),
          ),
        ),
    });
    expect(await invoke(eventOf(["all"]))).toEqual(allDone);
    expect(await invoke(eventOf(["most", "one", "two"], { from: 1 }))).toEqual(allDone);
    expect(sent.map((ids) => ids.length)).toEqual([99, 99, 2]);
  });

  it("keeps writes apart that share one item of several", async () => {
    const { invoke, sent } = consumer(() => undefined, {
      process: ({ id }: Item) => commitWith(writeOf(id, "shared"), writeOf(id, id)),
    });
    expect(await invoke(eventOf(["a", "b"]))).toEqual(allDone);
    expect(sent).toEqual([
      ["a", "a"],
      ["b", "b"],
    ]);
  });

  it("needs progress, also where that cannot be read", async () => {
    for (const more of [
      { progress: undefined },
      {
        progress: { ...memoryProgress(), readBefore: () => Promise.reject(new Error("no table")) },
        onProgressUnavailable: "continue",
      },
    ]) {
      const { invoke, failures } = consumer(() => undefined, more);
      expect(await invoke(eventOf(["a"]))).toEqual(answerAt(eventOf(["a"]), 0));
      expect(failures).toEqual([
        ["a", "commitWith needs progress: it writes the effect and the progress at once."],
      ]);
    }
  });
});

it("a record of a transaction that another environment has done meanwhile lets its key go on", async () => {
  const { start, clock, finish, writes } = environments({ order: "partitionKey" });
  const event = eventOf(["a@k", "b@k"]);
  const work = start("here", { appendTakes: 10 })(event);
  await clock.advance(5);
  await finish(start("there")({ Records: event.Records.slice(0, 1) }));
  expect(await finish(work)).toEqual(allDone);
  expect(writes).toEqual(["a in there", "b in here"]);
});

it.each([
  ["9.9.9", "9.9.9"],
  [undefined, "of an older version"],
])("what comes from another shardmill, %s, commits nothing", async (theirs, named) => {
  const { clock, context, finish, logs, runtime } = environments();
  let commits = 0;
  const returned = { ...commitWith(writeOf("a", "k")), version: theirs };
  for (const key of Object.getOwnPropertySymbols(returned))
    Object.assign(returned, { [key]: () => ++commits > 0 });
  const handler = kinesisConsumer({
    ...{ consumer: "c", decode, progress: memoryProgress(), metrics: false, runtime },
    process: () => returned,
  });
  const event = eventOf(["a"], { arrival: clock.now() });
  expect(await finish(handler(event, context()))).toEqual(answerAt(event, 0));
  expect(logs()).toMatchObject([
    {
      error: {
        message: `What process returned comes from shardmill ${named}, and the consumer from ${version}. Have one version: npm ls shardmill shows both.`,
      },
    },
  ]);
  expect(commits).toBe(0);
});
