/** To whom a leader gives leases, and which it moves: by what workers measure, or by what flows. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { seededRandom } from "../../src/time/random.ts";
import { type Balance, type BalanceOptions, balance } from "../../src/worker/leases/balance.ts";
import { at, type Lease, leaseIn, newRow } from "../../src/worker/leases/lease.ts";
import { type Gauge, workerMetricsIn } from "../../src/worker/leases/metrics-row.ts";
import { number, text } from "../../src/worker/leases/row.ts";

const lease = (key: string, owner?: string, throughputKBps?: number): Lease => ({
  ...leaseIn({
    leaseKey: text(key),
    ...newRow({ key, checkpoint: at("TRIM_HORIZON"), parents: [], hashKeys: undefined }),
  })!,
  owner,
  throughputKBps,
});
const leasesOf = (owner: string | undefined, ...throughputs: (number | undefined)[]) =>
  throughputs.map((each, place) => lease(`${owner}-${place}`, owner, each));
const gauge = (name: string, value: number, most = 80): Gauge => ({ name, value, most });
const among = (...workers: string[]) => workers.map((worker) => ({ worker, gauges: [] }));

const balanced = (options: Partial<BalanceOptions> & Pick<BalanceOptions, "leases" | "workers">) =>
  balance({
    isFree: ({ owner }) => owner === undefined,
    maxLeases: Number.POSITIVE_INFINITY,
    moves: true,
    random: seededRandom(3),
    ...options,
  });
const who = (assignments: Balance["given"]) => assignments.map(([, worker]) => worker).sort();

it("leases of a new table are divided evenly, before anything is known of them", () => {
  const leases = leasesOf(undefined, ...Array(7).fill(undefined));
  const { given, moved } = balanced({ leases, workers: among("a", "b", "c") });
  expect(who(given)).toEqual(["a", "a", "a", "b", "b", "c", "c"]);
  expect(moved).toEqual([]);
});

it("what is free goes to whoever has least to do", () => {
  const leases = [...leasesOf("a", 100), ...leasesOf("b", 10, 10), ...leasesOf(undefined, 50)];
  expect(who(balanced({ leases, workers: among("a", "b"), moves: false }).given)).toEqual(["b"]);
  const workers = [
    { worker: "a", gauges: [gauge("C", 20)] },
    // Its processor is idle, and its memory is full.
    { worker: "b", gauges: [gauge("C", 5), gauge("M", 79)] },
  ];
  expect(who(balanced({ leases, workers, moves: false }).given)).toEqual(["a"]);
  // But a lease is somebody's.
  const full = workers.map(({ worker }) => ({ worker, gauges: [gauge("M", 90)] }));
  expect(who(balanced({ leases, workers: full, moves: false }).given)).toEqual(["b"]);
});

it("nobody has more leases than there may be", () => {
  const leases = [...leasesOf("a", 1), ...leasesOf(undefined, 1, 1, 1)];
  const { given } = balanced({ leases, workers: among("a", "b"), maxLeases: 1 });
  expect(who(given)).toEqual(["b"]);
});

it("a worker that comes has its share of what flows at once", () => {
  const leases = leasesOf("a", 5, 5, 5, 5, 5, 5);
  expect(who(balanced({ leases, workers: among("a", "b") }).moved)).toEqual(["b", "b", "b"]);
  const idle = leasesOf("a", 0, 0, 0, 0);
  expect(who(balanced({ leases: idle, workers: among("a", "b") }).moved)).toEqual(["b", "b"]);
});

it("one that is beyond a limit of its own gives a part away, to those that stay within theirs, and does not get it back", () => {
  const ten = Array(10).fill(10);
  const leases = [...leasesOf("a", ...ten), ...leasesOf("b", ...ten), ...leasesOf("c", ...ten)];
  const workers = (a: number) => [
    { worker: "a", gauges: [gauge("C", a)] },
    { worker: "b", gauges: [gauge("C", 79)] },
    { worker: "c", gauges: [] },
  ];
  const { moved } = balanced({ leases, workers: workers(96) });
  expect(who(moved)).toEqual(["c"]);
  const after = leases.map((one) => (one === moved[0]![0] ? { ...one, owner: "c" } : one));
  expect(balanced({ leases: after, workers: workers(79) }).moved).toEqual([]);
  expect(balanced({ leases, workers: workers(10) }).moved).toEqual([]);
});

it("a lease that is on its way is left alone", () => {
  const leases = leasesOf("a", 5, 5, 5, 5).map((one) => ({
    ...one,
    checkpointOwner: "a",
    owner: "b",
  }));
  expect(balanced({ leases, workers: among("a", "b") }).moved).toEqual([]);
});

it("what is on its way to a worker counts for it: one that comes meanwhile has its own share", () => {
  const [one, two, ...rest] = leasesOf("a", 5, 5, 5, 5, 5, 5);
  const handed = [one!, two!].map((each) => ({ ...each, owner: "b", checkpointOwner: "a" }));
  const leases = [...handed, ...rest];
  expect(who(balanced({ leases, workers: among("a", "b", "c") }).moved)).toEqual(["c", "c"]);
});

it("where some measure and others do not, whoever comes has its share all the same", () => {
  const idle = { worker: "kcl", gauges: [gauge("C", 1)] };
  const ours = leasesOf("a", 5, 5, 5, 5);
  expect(who(balanced({ leases: ours, workers: [...among("a"), idle] }).moved)).toEqual(
    Array(2).fill("kcl"),
  );
  const busy = { worker: "kcl", gauges: [gauge("C", 30)] };
  const theirs = leasesOf("kcl", 5, 5, 5, 5);
  expect(who(balanced({ leases: theirs, workers: [...among("a"), busy] }).moved)).toEqual([
    "a",
    "a",
  ]);
});

it("averages that fade differently move nothing, as long as nobody is a tenth away from its share", () => {
  const leases = [...leasesOf("a", 50, 0, 0, 0, 0), ...leasesOf("b", 50)];
  expect(balanced({ leases, workers: among("a", "b") }).moved).toEqual([]);
});

it("what somebody has who is not there, or cannot be moved from, is no part of the others' shares", () => {
  const ten = (count: number) => Array(count).fill(10);
  const leases = [
    ...leasesOf("a", ...ten(6)),
    ...leasesOf("b", ...ten(2)),
    ...leasesOf("2.x", ...ten(9)),
  ];
  expect(who(balanced({ leases, workers: among("a", "b") }).moved)).toEqual(["b", "b"]);
});

it("whatever there is: each free lease is given once, nothing is moved to who has it, and it comes to rest", () => {
  const worker = fc.constantFrom("a", "b", "c", "d");
  const owned = fc.record({
    owner: fc.option(worker, { nil: undefined }),
    throughput: fc.option(fc.double({ min: 0, max: 1000, noNaN: true }), { nil: undefined }),
  });
  const measured = fc.array(fc.option(fc.nat(100), { nil: undefined }), {
    minLength: 4,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.array(owned, { maxLength: 30 }), fc.nat(), measured, (drawn, seed, values) => {
      const workers = values.map((value, at) => ({
        worker: "abcd"[at]!,
        gauges: value === undefined ? [] : [gauge("C", value)],
      }));
      let leases = drawn.map(({ owner, throughput }, key) => lease(`${key}`, owner, throughput));
      const random = seededRandom(seed);
      const step = () => {
        const found = balanced({ leases, workers, random });
        const to = new Map([...found.given, ...found.moved]);
        expect(to.size).toBe(found.given.length + found.moved.length);
        for (const [one, worker] of found.moved) expect(one.owner).not.toBe(worker);
        leases = leases.map((one) => ({ ...one, owner: to.get(one) ?? one.owner }));
        expect(leases.every(({ owner }) => owner !== undefined)).toBe(true);
        return found.moved.length;
      };
      for (let rounds = 0; step() > 0; rounds++) expect(rounds).toBeLessThan(leases.length + 2);
    }),
  );
});

it("a worker's row is read as the KCL writes it", () => {
  const list = (...values: number[]) => ({ L: values.map(number) });
  const row = {
    leaseKey: text("kcl-1"),
    entityType: text("WORKER_METRIC_STATS"),
    lut: number(1796025284),
    sts: { M: { C: list(10, -1, 20, 40), M: list(50) } },
    opr: { M: { C: list(80), M: list(90) } },
  };
  expect(workerMetricsIn(row)).toEqual({
    worker: "kcl-1",
    updated: 1796025284,
    gauges: [gauge("C", 27.5), gauge("M", 50, 90)],
    isFailing: false,
  });
  const failing = { ...row, sts: { M: { C: list(10, -1) } } };
  expect(workerMetricsIn(failing)).toMatchObject({ isFailing: true });
  expect(workerMetricsIn({ ...row, opr: { M: { C: list(80) } } })).toBeUndefined();
  expect(workerMetricsIn({ ...row, opr: { M: { C: list(80), M: list(0) } } })).toBeUndefined();
  expect(workerMetricsIn({ ...row, entityType: text("LEASE") })).toBeUndefined();
});
