/** For each promise of a fleet, code that breaks it: a day must notice. */
import type { Patch } from "../load-program.ts";
import type { Scenario, Step } from "./scenario.ts";

export interface WorkerMutation {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Makes days on which it would matter, out of any. */
  readonly focus?: (scenario: Scenario) => Scenario;
}

/** Workers stand still in turn, and find their clocks set back. */
const setBack = (scenario: Scenario): Scenario => ({
  ...scenario,
  steps: [20, 50, 80].flatMap((second, which): Step[] => [
    { at: second * 1000, type: "freeze", which, ms: 1.5 * scenario.failoverMs + 3000 },
    { at: second * 1000 + 500, type: "set clock", which, ms: -50_000 },
  ]),
});

/** One of two workers dies, and the clock of the other is set back by five minutes. */
const diesBeforeSetBack = (scenario: Scenario): Scenario => ({
  ...{ ...scenario, workers: 2, slice: undefined, ledFor: undefined, minutes: 2 },
  steps: [
    { at: 40_000, type: "kill", which: scenario.seed },
    { at: 41_000, type: "set clock", which: 0, ms: -300_000 },
  ],
});

/** Owners are robbed, of leases on which there is much to do, and learn of it late. */
const robbed = (scenario: Scenario): Scenario => ({
  ...{ ...scenario, slice: 3, handlerMs: 2000, putsPerSecond: 15, shards: 2, workers: 3 },
  ...{ failoverMs: 10_000, latencyMs: 5, throws: 0, lostReplies: 0, lateWrites: 0 },
  steps: Array.from({ length: 12 }, (_, which): Step => {
    return { at: 15_000 + which * 8000, type: "rob", which: which + scenario.seed };
  }),
});

/** Shards are merged of which one is far behind the other. */
const merged = (scenario: Scenario): Scenario => ({
  ...{ ...scenario, slice: undefined, handlerMs: 2000, putsPerSecond: 15, shards: 6, workers: 3 },
  ...{ latencyMs: 5, throws: 0.1, lostReplies: 0, lateWrites: 0 },
  steps: [10, 20, 30, 40].map((second): Step => {
    return { at: second * 1000, type: "merge", which: second + scenario.seed };
  }),
});

/** A leader assigns the leases from the beginning, and workers come and die. */
const led = (scenario: Scenario): Scenario => ({
  ...{ ...scenario, ledFor: 0, slice: undefined, handlerMs: 2000, workers: 3, shards: 8 },
  steps: [20, 40, 60, 80, 100].map((second, at): Step => {
    return { at: second * 1000, type: at % 2 === 0 ? "start" : "kill", which: scenario.seed };
  }),
});

/** The first worker stands still for minutes while it makes the first leases; what they were for is done, and forgotten, by then. */
const asleep = (scenario: Scenario): Scenario => ({
  ...{ ...scenario, workers: 2, shards: 1, handlerMs: 0, putsPerSecond: 10, minutes: 4 },
  ...{ failoverMs: 3000, latencyMs: 300, throws: 0, lostReplies: 0, lateWrites: 0 },
  ...{ ledFor: undefined, pushed: undefined, slice: undefined },
  steps: [
    { at: (scenario.seed * 97) % 3000, type: "freeze", which: 0, ms: 150_000 },
    { at: 10_000, type: "split", which: 0 },
  ],
});

/** Subscriptions break and fall silent. */
const pushed = (scenario: Scenario): Scenario => ({
  ...{ ...scenario, slice: undefined, shards: 4, workers: 3, putsPerSecond: 10 },
  pushed: { broken: 0.05, silent: 0.01 },
});

const inFile =
  (file: string) =>
  (from: string, to: string): Patch => ({ file: `src/worker/${file}`, from, to });
const elapsed = inFile("elapsed.ts");
/** How an observer counts. */
const counted = (how: string): readonly Patch[] => [
  elapsed("atLeastSince({ steady }", "atLeastSince({ wall, steady }"),
  elapsed("return momentOf(clock).steady - steady;", `const now = momentOf(clock); return ${how};`),
];
const holding = inFile("leases/holding.ts");
const holdings = inFile("holdings.ts");
const observe = inFile("leases/observe.ts");
const writes = inFile("leases/writes.ts");
const work = inFile("shard-work.ts");
const worker = inFile("run-worker.ts");
const inHand = inFile("reading/in-hand.ts");
const fanOut = inFile("reading/fan-out.ts");

export const workerMutations: readonly WorkerMutation[] = [
  {
    name: "a lease counts from the reply to its renewal, and not from when that was sent",
    patches: [
      inFile("leases/send-write.ts")(
        "resolve({ done, sent });",
        "resolve({ done, sent: momentOf(clock) });",
      ),
    ],
  },
  {
    name: "records are given to the handler whether the lease is valid or not",
    patches: [worker("if (!held.isValid()) throw", "if (held.key === '') throw")],
  },
  {
    name: "a lease is free before its owner gives it up",
    patches: [observe("quietFor(lease) > failoverMs,", "quietFor(lease) > failoverMs * 0.6,")],
  },
  {
    name: "an owner counts by the wall clock alone",
    patches: [
      elapsed("return Math.max(now.wall - wall, now.steady - steady);", "return now.wall - wall;"),
    ],
    focus: setBack,
  },
  {
    name: "an observer counts the longer of two clocks",
    patches: counted("Math.max(now.wall - wall, now.steady - steady)"),
  },
  {
    name: "an observer counts the shorter of two clocks",
    patches: counted("Math.min(now.wall - wall, now.steady - steady)"),
    focus: diesBeforeSetBack,
  },
  {
    name: "a lease is taken whatever its counter is",
    patches: [
      writes(
        "  expect: { leaseCounter: number(lease.counter) },\n  set: {\n    leaseCounter: number(lease.counter + 1),\n    leaseOwner",
        "  expect: {},\n  set: {\n    leaseCounter: number(lease.counter + 1),\n    leaseOwner",
      ),
    ],
  },
  {
    name: "a lease that is being given back counts as valid until the reply",
    patches: [holding("isAlive() && !givenBack", "isAlive()")],
  },
  {
    name: "a child begins beside its parents",
    patches: [inFile("shards/following.ts")("if (found && !isAtEnd(found)) return false;", "")],
    focus: merged,
  },
  {
    name: "the position is that of what was read",
    patches: [
      work(
        "place.checkpoint === undefined ? undefined : reader.doneUpTo(place.checkpoint)",
        "reader.lastRead === undefined ? undefined : reader.doneUpTo(reader.lastRead)",
      ),
    ],
  },
  {
    name: "a handoff waits for nobody",
    patches: [holdings("await Promise.race([work.stop(), wait(handoffMs)]);", "void work.stop();")],
  },
  {
    name: "a lease is given back without its position",
    patches: [holdings("mine.giveBack(work?.progress())", "mine.giveBack(undefined)")],
  },
  {
    name: "signs of life carry no position",
    patches: [holdings("mine.beat(works.get(key)?.progress())", "mine.beat(undefined)")],
  },
  {
    name: "reading begins with the record of the position",
    patches: [inHand("if (order !== 0) return order > 0", "if (order >= 0) return order >= 0")],
  },
  {
    name: "a shard that has ended is not followed",
    patches: [
      holdings(
        "const children = await options.follow(mine, work);",
        "const children = work.children.map(({ shardId }) => shardId);",
      ),
      inFile("lead.ts")("return sync(known);", "return false;"),
    ],
  },
  {
    name: "who takes a shard over does not say so in its log",
    patches: [
      inFile("hold.ts")(
        "if (hasClaimed && isUnclaimed(log)) return true;",
        "if (log) return true;",
      ),
    ],
    focus: robbed,
  },
  {
    name: "a claim of another in the log stops nobody",
    patches: [inFile("hold.ts")("isValid() && (!log || isUnclaimed(log))", "isValid()")],
    // Renewals are rare: the log says first who came.
    focus: (scenario) => ({ ...robbed(scenario), failoverMs: 30_000 }),
  },
  {
    name: "a leader takes a lease away before its owner gives it up",
    patches: [observe("?.isNew ? 2 : 1) * failoverMs", "?.isNew ? 2 : 0.5) * failoverMs")],
    focus: led,
  },
  {
    name: "a leader moves a lease without asking its owner",
    patches: [inFile("assigning.ts")("askForHandoff(lease, worker));", "take(lease, worker));")],
    focus: led,
  },
  {
    name: "a leader gives leases to workers that are dead",
    patches: [inFile("leases/presence.ts")("return since !== undefined &&", "return true ||")],
    focus: led,
  },
  {
    name: "the lock of a leader that has died is nobody's",
    patches: [inFile("leases/leader-lock.ts")("atLeastSince(since, clock) > lasts;", "lasts < 0;")],
    focus: led,
  },
  {
    name: "leases are made of what was read before the process stood still",
    patches: [inFile("shards/making.ts")("if (passed > oldAfter) {", "if (passed < 0) {")],
    focus: asleep,
  },
  {
    name: "a subscription goes on with what the last one brought",
    patches: [
      fanOut(
        'else from = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: continuation };',
        'else from = { type: "AT_SEQUENCE_NUMBER", sequenceNumber: continuation };',
      ),
    ],
    focus: pushed,
  },
  {
    name: "a subscription that breaks is followed by one at the tip",
    patches: [
      fanOut(
        "const subscription = await stream.subscribe(consumerArn, shardId, from);",
        'const subscription = await stream.subscribe(consumerArn, shardId, from.type === "AFTER_SEQUENCE_NUMBER" ? { type: "LATEST" } : from);',
      ),
    ],
    focus: pushed,
  },
  {
    name: "a silent subscription is waited for",
    patches: [fanOut("const silence = 60_000;", "const silence = 60_000_000;")],
    focus: pushed,
  },
];
