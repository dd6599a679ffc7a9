import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/time/clock.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

describe("the machine's clock", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());

  const day = 86_400_000;

  it("tells the machine's time", () => {
    expect(systemClock.now()).toBe(1_000_000);
  });

  it("says nothing of a moment that has passed, which comes at once", async () => {
    vi.useRealTimers();
    const warned = vi.fn();
    process.on("warning", warned);
    await systemClock.sleep(-5);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it.each([1, day, 24.8 * day, 25 * day, 60 * day, 365 * day])(
    "fires after %d ms, and not before",
    async (ms) => {
      const fired = vi.fn();
      systemClock.after(ms, fired);
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(fired).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(fired).toHaveBeenCalledTimes(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it("cancels long waits, in their second part as well", async () => {
    const fired = vi.fn();
    const cancel = systemClock.after(60 * day, fired);
    await vi.advanceTimersByTimeAsync(30 * day);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60 * day);
    expect(fired).not.toHaveBeenCalled();
  });

  it("takes a wait that is over already for none", async () => {
    const fired = vi.fn();
    systemClock.after(-5, fired);
    await vi.advanceTimersByTimeAsync(0);
    expect(fired).toHaveBeenCalled();
  });

  it("sleeps, and gives up when the signal is aborted", async () => {
    const abort = new AbortController();
    const [short, long] = [systemClock.sleep(10), systemClock.sleep(30 * day, abort.signal)];
    const givenUp = expect(long).rejects.toBe("enough");
    await vi.advanceTimersByTimeAsync(10);
    await short;
    abort.abort("enough");
    await givenUp;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a process", () => {
  const run = (code: string) => {
    const clock = fileURLToPath(new URL("../../src/time/clock.ts", import.meta.url));
    const script = `const { systemClock } = await import(${JSON.stringify(clock)});\n${code}`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  };

  it("is not kept alive by `after`, and is by `sleep`", () => {
    const { stdout, status } = run(
      'systemClock.after(3_600_000, () => console.log("fired"));\nawait systemClock.sleep(5);\nconsole.log("slept");',
    );
    expect(stdout).toBe("slept\n");
    expect(status).toBe(0);
  });
});

it("a virtual clock holds nothing of what was cancelled, or has fired", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const clock = virtualClock();
  clock.after(86_400_000, () => {});
  const held = (delay: number): [WeakRef<object>, () => void] => {
    const event = { size: 1000 };
    return [new WeakRef(event), clock.after(delay, () => event.size++)];
  };
  const [cancelled, cancel] = held(86_400_000);
  const [fired] = held(1);
  cancel();
  await clock.advance(1);
  collectGarbage();
  expect([cancelled.deref(), fired.deref()]).toEqual([undefined, undefined]);
});
