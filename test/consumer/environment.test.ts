/** How an environment ends in which an effect hangs. */
import { describe, expect, it } from "vitest";
import { Lifetime } from "../../src/consumer/environment.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

function environment(exit: () => never) {
  const clock = virtualClock({ patience: 0 });
  const lifetime = new Lifetime();
  const began = clock.now();
  const ends: [string, number][] = [];
  const note = (what: string) => () => void ends.push([what, clock.now() - began]);
  return {
    ...{ clock, lifetime, ends },
    run(name: string, ms: number) {
      return lifetime.during(() => clock.sleep(ms)).then(note(name));
    },
    end() {
      lifetime.doom();
      return lifetime.end(exit, clock).catch((error: Error) => note(error.message)());
    },
    async all(work: Promise<unknown>[]) {
      await clock.advance(10_000);
      await Promise.all(work);
      return ends;
    },
  };
}

const exit = () => {
  throw new Error("exit");
};

describe("an environment that is to end", () => {
  it("ends at once, where one invocation has run after the other", async () => {
    const { all, end, run, clock } = environment(exit);
    await Promise.all([run("a", 5), clock.advance(5)]);
    await Promise.all([run("b", 5), clock.advance(5)]);
    expect(await all([end()])).toEqual([
      ["a", 5],
      ["b", 10],
      ["exit", 10],
    ]);
  });

  it("waits for what runs, also where that rejects, and until its answers have got out", async () => {
    const { all, end, run, lifetime } = environment(exit);
    const rejects = lifetime.during(() => Promise.reject(new Error("no"))).catch(() => {});
    expect(await all([run("a", 5), run("b", 20), end(), end(), rejects])).toEqual([
      ["a", 5],
      ["b", 20],
      ["exit", 120],
      ["exit", 120],
    ]);
  });

  it("lets answers get out also of invocations that have run at once before", async () => {
    const { all, end, run, clock } = environment(exit);
    await Promise.all([run("a", 5), run("b", 5), clock.advance(5)]);
    expect((await all([end()])).at(-1)).toEqual(["exit", 105]);
  });

  it("says so until then, and goes on where it does not end after all", async () => {
    const { all, end, run, lifetime } = environment(exit);
    expect(lifetime.ending).toBeUndefined();
    lifetime.doom();
    const { ending } = lifetime;
    expect(ending).toBeInstanceOf(Promise);
    lifetime.doom();
    expect(lifetime.ending).toBe(ending);
    let isOver = false;
    void ending!.then(() => {
      isOver = true;
    });
    const running = run("a", 5);
    const ended = end();
    expect([isOver, lifetime.ending]).toEqual([false, ending]);
    await all([running, ended]);
    expect([isOver, lifetime.ending]).toEqual([true, undefined]);
    await all([run("b", 5)]);
  });
});

it("what an invocation gives comes through", async () => {
  const { lifetime } = environment(exit);
  expect(await lifetime.during(async () => 7)).toBe(7);
});
