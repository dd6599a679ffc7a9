import { memoryParking, memoryProgress, type Parking, type ProgressStore } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, eventOf, sequenceNumberOf, suffix } from "../consumer/world.ts";
import { parking } from "./parking.ts";

const event = eventOf(["a", "bad", "b@bad"]);

describe("parking comes first, then the log, then the confirmation", () => {
  /** Everything that is written, in the order in which it is written. */
  function traced(wrong: { park?: Error; append?: Error; confirm?: Error } = {}) {
    const trace: string[] = [];
    const [store, progress] = [memoryParking(), memoryProgress()];
    const step = <T>(name: keyof typeof wrong, go: () => Promise<T>): Promise<T> => {
      trace.push(name);
      return wrong[name] ? Promise.reject(wrong[name]) : go();
    };
    const park: Parking = {
      ...store,
      park: (record) => step("park", () => store.park(record)),
      confirm: (record) => step("confirm", () => store.confirm(record)),
    };
    const traced: ProgressStore = {
      ...progress,
      append: (...args) => step("append", () => progress.append(...args)),
    };
    return { trace, wrong, stored: store.parked, ...parking({ park, progress: traced }) };
  }

  it("when all goes well", async () => {
    const { trace, invoke } = traced();
    expect(await invoke(event)).toEqual(allDone);
    expect(trace).toEqual(["park", "append", "confirm"]);
  });

  it("when the parking store fails, the record is not skipped, and others are done", async () => {
    const { trace, invoke, wrong, stored, done, logs, attempts } = traced({
      park: new Error("full"),
    });
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(trace).toEqual(["park", "append"]);
    expect(done).toEqual(["a"]);
    expect(logs().at(-1)).toMatchObject({
      level: "ERROR",
      message: expect.stringContaining("could not be parked"),
      error: { message: "full" },
    });
    delete wrong.park;
    expect(await invoke(suffix(event, 1))).toEqual(allDone);
    expect(attempts).toEqual([1, 2]);
    expect(done).toEqual(["a", "b"]);
    expect([...stored.values()]).toMatchObject([{ confirmed: true, attempts: 2 }]);
  });

  it("when the log cannot be written, the record is not skipped: nobody would redrive it", async () => {
    const { trace, invoke, wrong, stored } = traced({ append: new Error("no table") });
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(trace).toEqual(["park", "append"]);
    expect([...stored.values()]).toMatchObject([{ confirmed: false }]);
    delete wrong.append;
    expect(await invoke(suffix(event, 1))).toEqual(allDone);
    expect([...stored.values()]).toMatchObject([{ confirmed: true }]);
  });

  it("when it cannot be confirmed, it is said", async () => {
    const { trace, invoke, logs } = traced({ confirm: new Error("throttled") });
    expect(await invoke(event)).toEqual(allDone);
    expect(trace).toContain("confirm");
    expect(logs().at(-1)).toMatchObject({
      level: "WARN",
      message: expect.stringContaining("could not be confirmed"),
      id: expect.stringContaining(sequenceNumberOf(event, 1)),
    });
  });
});
