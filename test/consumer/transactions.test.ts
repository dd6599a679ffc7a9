/** Effects that are one transaction with the log's entry, where something comes between. */
import {
  commitWith,
  kinesisConsumer,
  memoryProgress,
  type ProgressStore,
  type TransactionWrite,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, decode, eventOf, suffix, world } from "./world.ts";

/** Environments over one log in a store that knows transactions; `writes` are those that came about. */
function environments() {
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
      ...{ consumer: "c", decode, progress, order: "none", metrics: false, runtime: its.runtime },
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
