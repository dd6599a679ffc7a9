/** One lease while a worker has it: what its writes come to when replies are late, lost, or another's. */
import { expect, it } from "vitest";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { momentOf } from "../../src/worker/elapsed.ts";
import { holding } from "../../src/worker/leases/holding.ts";
import { at, leaseIn } from "../../src/worker/leases/lease.ts";
import { number, type Row, type RowWrite, text } from "../../src/worker/leases/row.ts";
import { askForHandoff, take } from "../../src/worker/leases/writes.ts";
import { memoryLeases } from "../../src/worker.ts";

const key = "shardId-000000000000";
const row: Row = {
  ...{ leaseKey: text(key), leaseOwner: text("one"), leaseCounter: number(7) },
  checkpoint: text("TRIM_HORIZON"),
};

/** What becomes of a write's reply. */
type Reply = (reply: Promise<boolean>) => Promise<boolean>;

async function heldRig() {
  const clock = virtualClock();
  const table = memoryLeases().open("billing");
  await table.write({ key, kind: "put", expect: {}, set: row });
  const told: string[] = [];
  const replies: Reply[] = [];
  const held = holding({
    ...{ me: "one", clock, failoverMs: 10_000, row, since: momentOf(clock) },
    table: {
      ...table,
      write(write: RowWrite) {
        const reply = table.write(write);
        return replies.shift()?.(reply) ?? reply;
      },
    },
    onLost: (why) => told.push(`lost: ${why}`),
    onAsked: () => told.push("asked"),
  });
  const inTable = async () => leaseIn((await table.get(key))!)!;
  return { clock, table, told, replies, held, inTable };
}

const isNeverThere: Reply = () => new Promise(() => {});
const isLost: Reply = async (reply) => {
  await reply;
  throw new Error("The connection was closed.");
};

it("a renewal whose connection is dead goes once more, and the lease is kept", async () => {
  const { clock, told, replies, held, inTable } = await heldRig();
  replies.push(isNeverThere);
  const beat = held.beat(at("5"));
  await clock.advance(2500);
  expect(await beat).toBe("written");
  expect(await inTable()).toMatchObject({ owner: "one", checkpoint: at("5") });
  await clock.advance(7000);
  expect(held.isValid()).toBe(true);
  expect(told).toEqual([]);
});

it("a reply that is late counts from when its own write was sent", async () => {
  const { clock, replies, held } = await heldRig();
  replies.push(async (reply) => {
    await clock.sleep(4000);
    return reply;
  }, isNeverThere);
  const beat = held.beat(undefined);
  await clock.advance(4000);
  expect(await beat).toBe("written");
  await clock.advance(5999);
  expect(held.isValid()).toBe(true);
  await clock.advance(2);
  expect(held.isValid()).toBe(false);
});

it("a dead connection that fails in the end leaves no doubt about what was answered long ago", async () => {
  const { clock, table, told, replies, held, inTable } = await heldRig();
  replies.push(async () => {
    await clock.sleep(9000);
    throw new Error("The socket was closed.");
  });
  const beat = held.beat(undefined);
  await clock.advance(2500);
  expect(await beat).toBe("written");
  await clock.advance(4000);
  expect(await held.beat(undefined)).toBe("written");
  await clock.advance(3000);
  // Whoever looks at the table sees at once that it is another's, and need not wait for a write to be refused.
  await table.write(take(await inTable(), "two"));
  held.notice(await inTable());
  expect(told).toEqual(["lost: two has it now"]);
});

it.each([
  ["to nobody", undefined],
  ["to whoever has asked", "two"],
])("a lease that was given back %s without a reply is not lost", async (_, asks) => {
  const { clock, table, told, replies, held, inTable } = await heldRig();
  if (asks !== undefined) {
    await table.write(askForHandoff(await inTable(), asks));
    held.notice(await inTable());
  }
  replies.push(isLost);
  expect(await held.giveBack(at("5"))).toBe("unknown");
  await clock.advance(100);
  expect(await held.giveBack(at("5"))).toBe("written");
  expect(await inTable()).toMatchObject({ owner: asks, counter: 8, checkpoint: at("5") });
  expect(told).toEqual(asks === undefined ? [] : ["asked"]);
});

it("one that was taken away by then is lost, although the counter is the same", async () => {
  const { table, told, replies, held, inTable } = await heldRig();
  replies.push(() => Promise.reject(new Error("It never came to the table.")));
  await held.giveBack(at("5"));
  await table.write({ key, kind: "put", expect: {}, set: row });
  await table.write(take(leaseIn(row)!, "thief"));
  expect((await inTable()).counter).toBe(8);
  expect(await held.giveBack(at("5"))).toBe("lost");
  expect(told).toEqual(["lost: thief has it now"]);
});

it("a row that was made anew, and is another's at the same counter, is not renewed", async () => {
  const { table, told, held, inTable } = await heldRig();
  await table.write({ key, kind: "put", expect: {}, set: { ...row, leaseOwner: text("two") } });
  expect(await held.beat(undefined)).toBe("lost");
  expect((await inTable()).counter).toBe(7);
  expect(told).toEqual(["lost: two has it now"]);
});
