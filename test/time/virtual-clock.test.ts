import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../src/time/virtual-clock.ts";

const start = Date.UTC(2026, 0, 1);
const day = 86_400_000;

describe("a virtual clock", () => {
  it("stands at the moment that it was given, until it is told to move", async () => {
    expect(virtualClock().now()).toBe(start);
    expect(virtualClock({ start: 7 }).now()).toBe(7);
    const clock = virtualClock({ start: new Date("2030-06-01") });
    await clock.settle();
    expect(clock.now()).toBe(Date.UTC(2030, 5, 1));
  });

  it("lets a day pass at once", async () => {
    const clock = virtualClock();
    const woken = clock.sleep(day).then(() => clock.now());
    await clock.advance(day);
    expect(await woken).toBe(start + day);
    expect(clock.now()).toBe(start + day);
  });

  it("fires what falls due, in the order of time and then of setting, and at its moment", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 40 }),
        fc.nat(60),
        async (delays, passing) => {
          const clock = virtualClock();
          const fired: [number, number][] = [];
          delays.forEach((delay, index) => {
            clock.after(delay, () => fired.push([clock.now() - start, index]));
          });
          await clock.advance(passing);
          const expected = delays
            .map((delay, index): [number, number] => [Math.max(0, delay), index])
            .filter(([at]) => at <= passing)
            .sort(([a, i], [b, j]) => a - b || i - j);
          expect(fired).toEqual(expected);
          expect(clock.now()).toBe(start + passing);
        },
      ),
      { numRuns: 50 },
    ));

  it("fires what timers set while it moves", async () => {
    const clock = virtualClock();
    const at: number[] = [];
    const tick = () => {
      at.push(clock.now() - start);
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
  });

  it("does not fire what was cancelled, even in the same moment", async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    const cancelSecond = { now: () => {} };
    clock.after(5, () => cancelSecond.now());
    cancelSecond.now = clock.after(5, () => fired.push("second"));
    const cancelThird = clock.after(1, () => fired.push("third"));
    clock.after(6, () => fired.push("fourth"));
    cancelThird();
    cancelThird();
    await clock.advance(10);
    expect(fired).toEqual(["fourth"]);
  });

  it("fires whatever is left of very many, of which most were cancelled at any time", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.nat(50), cancelAt: fc.nat(60) }), {
          minLength: 300,
          maxLength: 600,
        }),
        async (timers) => {
          const clock = virtualClock();
          const fired: number[] = [];
          const cancels = timers.map(({ delay }, index) =>
            clock.after(delay, () => fired.push(index)),
          );
          for (let at = 0; at <= 60; at++) {
            timers.forEach(({ cancelAt }, index) => {
              if (cancelAt === at) cancels[index]!();
            });
            await clock.advance(1);
          }
          const expected = timers
            .map(({ delay, cancelAt }, index) => ({ delay, cancelAt, index }))
            // At the moment 0 cancelling comes first, later it is the timer's turn.
            .filter(({ delay, cancelAt }) => cancelAt > 0 && cancelAt >= delay)
            .sort((a, b) => a.delay - b.delay || a.index - b.index)
            .map(({ index }) => index);
          expect(fired).toEqual(expected);
        },
      ),
      { numRuns: 10 },
    ));

  it("steps to the next timer, and says when there is none", async () => {
    const clock = virtualClock();
    const cancel = clock.after(5, () => {});
    clock.after(9, () => {});
    cancel();
    expect(await clock.step()).toBe(true);
    expect(clock.now()).toBe(start + 9);
    expect(await clock.step()).toBe(false);
    expect(clock.now()).toBe(start + 9);
  });
});

describe("sleeping on it", () => {
  it("ends with the signal's reason when it is aborted, at that moment", async () => {
    const clock = virtualClock();
    const abort = new AbortController();
    const reason = new Error("enough");
    const asleep = clock.sleep(day, abort.signal).catch((error) => [error, clock.now() - start]);
    clock.after(10, () => abort.abort(reason));
    await clock.advance(day);
    expect(await asleep).toEqual([reason, 10]);
    expect(await clock.step()).toBe(false);
  });

  it("does not begin when the signal is aborted already", async () => {
    const clock = virtualClock();
    await expect(clock.sleep(1, AbortSignal.abort("no"))).rejects.toBe("no");
    expect(await clock.step()).toBe(false);
  });

  it("leaves no listener on the signal", async () => {
    const clock = virtualClock();
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: any[]) => {
      listeners++;
      return (addEventListener as any).apply(signal, args);
    };
    signal.removeEventListener = (...args: any[]) => {
      listeners--;
      return (removeEventListener as any).apply(signal, args);
    };
    const asleep = clock.sleep(1, signal);
    expect(listeners).toBe(1);
    await clock.advance(1);
    await asleep;
    expect(listeners).toBe(0);
  });
});

describe("while work is in flight that may do real I/O", () => {
  const io = () => new Promise((resolve) => setTimeout(resolve, 30));

  it("time does not move before it ends", async () => {
    const clock = virtualClock();
    const trace: string[] = [];
    const end = clock.busy();
    void io().then(() => {
      trace.push(`I/O at ${clock.now() - start}`);
      end();
    });
    clock.after(1, () => trace.push("timer"));
    await clock.advance(5);
    expect(trace).toEqual(["I/O at 0", "timer"]);
  });

  it("time moves when that work sleeps", async () => {
    const clock = virtualClock({ patience: 60_000 });
    const end = clock.busy();
    const work = clock.sleep(day).then(end);
    await clock.advance(day);
    await work;
    expect(clock.now()).toBe(start + day);
  });

  it("time stays while one of two sleeps and the other works", async () => {
    const clock = virtualClock();
    const trace: string[] = [];
    const [endSleeper, endWorker] = [clock.busy(), clock.busy()];
    const sleeper = clock.sleep(5).then(() => {
      trace.push("woken");
      endSleeper();
    });
    void io().then(() => {
      trace.push("worked");
      endWorker();
    });
    await clock.advance(5);
    await sleeper;
    expect(trace).toEqual(["worked", "woken"]);
  });

  it("time moves after all when it shows no sign of life for longer than the patience", async () => {
    const clock = virtualClock({ patience: 20 });
    clock.busy();
    let fired = false;
    clock.after(10, () => {
      fired = true;
    });
    await clock.advance(10);
    expect(fired).toBe(true);
  });

  it("ending it twice is ending it once", async () => {
    const clock = virtualClock();
    const [first, second] = [clock.busy(), clock.busy()];
    first();
    first();
    const trace: string[] = [];
    void io().then(() => {
      trace.push("worked");
      second();
    });
    clock.after(1, () => trace.push("timer"));
    await clock.advance(1);
    expect(trace).toEqual(["worked", "timer"]);
  });
});
