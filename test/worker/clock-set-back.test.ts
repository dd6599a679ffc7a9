/** A wall clock that is set back by minutes, as one that was wrong is when its machine asks for the time: nothing waits until it is that late again. */
import { expect, it } from "vitest";
import { polling, type WorkerClock } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const minute = 60_000;

function setBackRig() {
  const rig = workerRig();
  let ahead = 30 * minute;
  const clock = {
    ...rig.clock,
    now: () => rig.clock.now() + ahead,
    steady: () => rig.clock.now(),
    after: (ms: number, act: () => void) => rig.clock.after(ms, act),
  };
  return {
    ...rig,
    runtime: rig.runtime(clock),
    setBack() {
      ahead = 0;
    },
  };
}

it("records that come afterwards are done at once", async () => {
  const rig = setBackRig();
  rig.start("one", { runtime: rig.runtime });
  rig.put("a");
  await rig.clock.advance(5000);
  rig.setBack();
  rig.put("b");
  await rig.clock.advance(5000);
  expect(rig.values()).toEqual(["a", "b"]);
  expect(rig.events.filter(({ type }) => type === "lost")).toEqual([]);
});

it("a batch that waits for others waits no longer than its window", async () => {
  const rig = setBackRig();
  rig.start("one", { runtime: rig.runtime, batch: { windowMs: 10_000 } });
  rig.put("a");
  await rig.clock.advance(2000);
  rig.setBack();
  rig.put("b");
  await rig.clock.advance(12_000);
  expect(rig.values()).toEqual(["a", "b"]);
});

it("a batch that has failed comes again after its pause", async () => {
  const rig = setBackRig();
  let isBroken = true;
  rig.start("one", { runtime: rig.runtime }, () => {
    if (isBroken) throw new Error("The database is away.");
  });
  rig.put("a");
  await rig.clock.advance(3000);
  rig.setBack();
  isBroken = false;
  await rig.clock.advance(10_000);
  expect(rig.values()).toEqual(["a"]);
});

it("an iterator is used until it is old, and reading goes on", async () => {
  const rig = setBackRig();
  rig.start("one", { runtime: rig.runtime, retrieval: polling({ idleMs: 500 }) });
  await rig.clock.advance(3000);
  rig.setBack();
  await rig.clock.advance(6 * minute);
  rig.put("a");
  await rig.clock.advance(2000);
  expect(rig.values()).toEqual(["a"]);
});

it("a lease whose owner has died is taken after the failover time, and not when the clock has come there again", async () => {
  const rig = setBackRig();
  let isDead = false;
  const dying = rig.runtime.clock;
  const mortal: WorkerClock = {
    ...dying,
    after: (ms, act) => dying.after(ms, () => isDead || act()),
  };
  const one = rig.start("one", { runtime: { ...rig.runtime, clock: mortal } });
  await rig.clock.advance(3000);
  rig.start("two", { runtime: rig.runtime, failoverMs: 10_000 });
  await rig.clock.advance(5000);
  isDead = true;
  rig.setBack();
  await rig.clock.advance(25_000);
  const [lease] = await rig.rows();
  expect(lease?.leaseOwner).toMatch(/^two/);
  expect(one.leases()).toHaveLength(1);
});
