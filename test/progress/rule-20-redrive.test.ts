import {
  type BatchRecord,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryProgress,
  NonRetryableError,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { redriveEvent } from "../../src/park/redrive-event.ts";
import { allDone, answerAt, eventOf, type Item, suffix } from "../consumer/world.ts";
import { parked } from "../park/redriven.ts";

describe("a parked record that is redriven", () => {
  it("has its effect, although the log says that it is done, and once, however often it is redriven", async () => {
    const its = parked();
    its.failing.add("bad");
    const event = eventOf(["a", "bad", "c"]);
    expect(await its.invoke(event)).toEqual(allDone);
    its.failing.clear();
    its.ran.length = 0;
    const response = await its.redrive();
    expect(response).toEqual({
      batchItemFailures: [],
      redriven: [{ id: its.records()[0]!.id, outcome: "redriven" }],
    });
    expect(its.outcomes(await its.redrive())).toEqual(["repeated"]);
    expect(await its.invoke(event)).toEqual(allDone);
    its.restart();
    expect(await its.invoke(event)).toEqual(allDone);
    expect(its.ran).toEqual(["bad"]);
    expect(its.attempts.at(-1)).toBe(2);
  });

  it("and fails again stays parked, and is nothing that is open", async () => {
    const its = parked();
    its.failing.add("bad");
    const event = eventOf(["a", "bad", "c"]);
    await its.invoke(event);
    const response = await its.redrive();
    expect(response).toMatchObject({
      ...answerAt(event, 1),
      redriven: [{ outcome: "failed", error: { name: "NonRetryableError", message: "no bad" } }],
    });
    its.restart();
    expect(await its.invoke(suffix(event, 1))).toEqual(allDone);
    expect(await its.invoke(eventOf(["d"], { from: 3 }))).toEqual(allDone);
    expect(its.logs().filter(({ message }) => message.includes("never came again"))).toEqual([]);
    its.failing.clear();
    expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
    expect(its.ran.filter((id) => id === "bad")).toHaveLength(3);
  });

  it("stays in the order of its key: nothing overtakes what fails", async () => {
    const its = parked({ afterPark: "parkKey" });
    its.failing.add("bad1").add("bad2");
    await its.invoke(eventOf(["bad1@k", "x@k", "bad2@z", "y@z", "z@k"]));
    expect(its.records()).toHaveLength(5);
    its.ran.length = 0;
    its.failing.delete("bad2");
    const response = await its.redrive();
    expect(its.outcomes(response)).toEqual([
      ...["failed", "waiting", "redriven", "redriven", "waiting"],
    ]);
    expect(its.ran).toEqual(["bad1", "bad2", "y"]);
  });

  it("may have come in an aggregate, next to others", async () => {
    const its = parked();
    its.failing.add("b").add("c");
    await its.invoke(eventOf(["a", "b", "c", "d"], { aggregate: true }));
    its.failing.clear();
    its.ran.length = 0;
    expect(its.outcomes(await its.redrive(its.records().slice(1)))).toEqual(["redriven"]);
    expect(its.outcomes(await its.redrive())).toEqual(["redriven", "repeated"]);
    expect(its.ran).toEqual(["c", "b"]);
  });

  it("is not taken apart, whatever its payload looks like", async () => {
    const seen: Uint8Array[] = [];
    const its = parked({
      decode: undefined,
      process(data: unknown) {
        seen.push(data as Uint8Array);
      },
    } as Partial<KinesisConsumerOptions<Item>>);
    const { kinesis } = eventOf(["a", "b"], { aggregate: true }).Records[0]!;
    const data = Buffer.from(kinesis.data, "base64");
    its.failing.add("bad");
    const [record] = await (async () => {
      const other = parked();
      other.failing.add("bad");
      await other.invoke(eventOf(["bad"]));
      return other.records();
    })();
    await its.redrive([{ ...record!, data }]);
    expect(seen.map((bytes) => Buffer.from(bytes).equals(data))).toEqual([true]);
  });
});

describe("whatever the function is like", () => {
  it("an aggregate that Lambda took apart comes back record by record", async () => {
    const its = parked();
    its.failing.add("b");
    const fanOut = { aggregate: true, fanOutConsumer: "billing" };
    await its.invoke(eventOf(["a", "b@k", "b@k", "c"], fanOut));
    expect(new Set(its.records().map(({ id }) => id)).size).toBe(2);
    its.failing.clear();
    its.ran.length = 0;
    const [first, second] = its.records();
    expect(its.outcomes(await its.redrive([first!]))).toEqual(["redriven"]);
    expect(its.outcomes(await its.redrive([first!, second!]))).toEqual(["repeated", "redriven"]);
    expect(its.ran).toEqual(["b", "b"]);
  });

  it("processBatch gets them, and what it names as failed stays parked", async () => {
    const calls: string[][] = [];
    const failing = new Set(["b", "d"]);
    const its = parked({
      process: undefined,
      processBatch(records: readonly BatchRecord<Item>[]) {
        calls.push(records.map(({ value }) => value.id));
        const failed = records.filter(({ value }) => failing.has(value.id));
        return {
          failed: failed.map((record) => ({ record, error: new NonRetryableError("no") })),
        };
      },
    } as unknown as Partial<KinesisConsumerOptions<Item>>);
    await its.invoke(eventOf(["a", "b", "c", "d"]));
    failing.delete("b");
    calls.length = 0;
    expect(its.outcomes(await its.redrive())).toEqual(["redriven", "failed"]);
    expect(its.outcomes(await its.redrive())).toEqual(["repeated", "failed"]);
    expect(calls).toEqual([["b", "d"], ["d"]]);
  });

  it("an effect that hangs fails, and what was done beside it is remembered", async () => {
    let hangs = false;
    const its = parked({
      process({ id }: Item) {
        if (!hangs) throw new NonRetryableError("no");
        if (id === "b") return new Promise<void>(() => {});
      },
    } as Partial<KinesisConsumerOptions<Item>>);
    await its.invoke(eventOf(["a", "b"]));
    hangs = true;
    await expect(its.redrive(its.records(), 900, 60_000)).rejects.toThrow("exit: An effect of c");
    hangs = false;
    expect(its.outcomes(await its.redrive())).toEqual(["repeated", "failed"]);
  });
});

describe("the ids hold", () => {
  const uniqueId = ({ id }: Item) => id.replace(/\d$/, "");

  it("a record whose own id is in the log for its parking alone is redriven", async () => {
    const its = parked({ uniqueId });
    its.failing.add("bad1");
    await its.invoke(eventOf(["bad1", "bad2"]));
    expect(its.records()).toHaveLength(1);
    its.failing.clear();
    expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
    expect(its.ran).toEqual(["bad1", "bad1"]);
  });

  it("of two parked records with one id the earlier is redriven, and the later shares its fate", async () => {
    const its = parked({ uniqueId, dedupeWindowInSeconds: 0 });
    its.failing.add("bad1").add("bad2");
    const arrival = its.clock.now();
    await its.invoke(eventOf(["bad1"], { arrival }));
    await its.invoke(eventOf(["bad2"], { from: 1, arrival: arrival + 10_000 }));
    its.failing.clear();
    its.ran.length = 0;
    const wide = parked({ uniqueId, dedupeWindowInSeconds: 3600, progress: its.progress });
    expect(its.records()).toHaveLength(2);
    const [first, second] = its.records();
    expect(wide.outcomes(await wide.redrive([second!]))).toEqual(["duplicate"]);
    expect(wide.outcomes(await wide.redrive([first!]))).toEqual(["redriven"]);
    expect(wide.ran).toEqual(["bad1"]);
  });
});

describe("a redrive", () => {
  it("that comes after its deadline, or may last beyond it, does nothing", async () => {
    const its = parked();
    its.failing.add("bad");
    await its.invoke(eventOf(["bad"]));
    its.ran.length = 0;
    await expect(its.redrive(its.records(), -1)).rejects.toThrow("This redrive has come too late");
    await expect(its.redrive(its.records(), 30, 60_000)).rejects.toThrow("come too late");
    expect(its.ran).toEqual([]);
  });

  it("of a function that does not park any more has no effect, and no answer", async () => {
    const its = parked();
    its.failing.add("bad");
    await its.invoke(eventOf(["bad"]));
    const { progress, runtime } = its;
    const process = () => its.ran.push("again");
    const handler = kinesisConsumer({ consumer: "c", progress, runtime, process });
    const event = redriveEvent(its.records(), { token: "t", deadline: its.clock.now() + 1e6 });
    expect(await its.finish(handler(event, its.context()))).toEqual(allDone);
    expect(its.ran).toEqual(["bad"]);
  });

  it("whose effects cannot be remembered says so", async () => {
    const progress = memoryProgress();
    let isRefused = false;
    const its = parked({
      progress: {
        ...progress,
        append: (...args) =>
          isRefused ? Promise.reject(new Error("no table")) : progress.append(...args),
      },
    });
    its.failing.add("bad");
    await its.invoke(eventOf(["bad"]));
    its.failing.clear();
    isRefused = true;
    expect(its.outcomes(await its.redrive())).toEqual(["unsaved"]);
    isRefused = false;
    expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
  });

  it("at the same time as another has one effect remembered, and one log", async () => {
    const its = parked();
    its.failing.add("bad");
    await its.invoke(eventOf(["a", "bad"]));
    its.failing.clear();
    const both = await Promise.all([its.redrive(), its.invoke(eventOf(["c"], { from: 2 }))]);
    expect(its.outcomes(both[0])).toEqual(["redriven"]);
    expect(its.outcomes(await its.redrive())).toEqual(["repeated"]);
    expect(await its.invoke(eventOf(["c"], { from: 2 }))).toEqual(allDone);
    expect(its.ran.filter((id) => id === "c")).toHaveLength(1);
  });
});

describe('a key that is free again, with "parkKey",', () => {
  const set = "c#us-east-1:123456789012:orders#keys";

  it("is free for environments that are warm and for those that start cold", async () => {
    const its = parked({ afterPark: "parkKey" });
    its.failing.add("bad");
    await its.invoke(eventOf(["bad@k"]));
    await its.invoke(eventOf(["early@k"], { from: 1 }));
    expect(its.records()).toHaveLength(2);
    const keys = its.progress.parkedKeys!;
    const [key] = await keys.find(set, ["k"]);
    expect(await keys.free(set, key!)).toBe(true);
    await its.invoke(eventOf(["warm@k"], { from: 2 }));
    its.restart();
    await its.invoke(eventOf(["cold@k"], { from: 3 }));
    expect(its.ran.slice(-2)).toEqual(["warm", "cold"]);
    expect(its.records()).toHaveLength(2);
  });

  it("is not freed by who looked before another record of it was parked", async () => {
    const its = parked({ afterPark: "parkKey" });
    its.failing.add("bad");
    await its.invoke(eventOf(["bad@k"]));
    const keys = its.progress.parkedKeys!;
    const [before] = await keys.find(set, ["k"]);
    await its.invoke(eventOf(["next@k"], { from: 1 }));
    expect(await keys.free(set, before!)).toBe(false);
    its.restart();
    await its.invoke(eventOf(["third@k"], { from: 2 }));
    expect(its.records()).toHaveLength(3);
    expect(its.ran).toEqual(["bad"]);
  });
});
