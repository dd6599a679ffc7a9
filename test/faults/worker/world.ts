/** A fleet under a virtual clock: what happens on a drawn day, and what was wrong with it. */
import { createKinesis } from "../../../packages/local/src/kinesis/index.ts";
import type { KinesisEvent } from "../../../src/record/lambda-event.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { isAtEnd, leaseIn } from "../../../src/worker/leases/lease.ts";
import { metricsRow } from "../../../src/worker/leases/metrics-row.ts";
import { text } from "../../../src/worker/leases/row.ts";
import { take as takeAway } from "../../../src/worker/leases/writes.ts";
import type { LeaseTable } from "../../../src/worker.ts";
import { coreStream } from "../../worker/core-stream.ts";
import { checker, type Standing, type Violation } from "./checker.ts";
import { effectsOf } from "./effects.ts";
import { type Network, Process } from "./process.ts";
import type * as Program from "./program.ts";
import type { Scenario, Step } from "./scenario.ts";

export interface Found {
  readonly violations: readonly Violation[];
  readonly records: number;
  readonly repeats: number;
  readonly faults: number;
  readonly story: readonly string[];
}

interface Running {
  readonly name: string;
  readonly process: Process;
  readonly worker: Program.Worker;
  isStopping: boolean;
}

/** What a leader of KCL 3 has left. */
async function diedLeading(table: LeaseTable, lastsMs: number, now: number) {
  const lock = {
    entityType: text("LEADER"),
    ownerName: text("java"),
    leaseDuration: text(`${lastsMs}`),
  };
  const rows = [
    { key: "Migration3.0", set: { cv: text("CLIENT_VERSION_3X") } },
    { key: "Leader", set: { ...lock, recordVersionNumber: text("the last") } },
    { key: "java", set: metricsRow("java", now).set! },
  ];
  for (const row of rows) await table.write({ ...row, kind: "put", expect: {} });
}

/** From the last fault until everything is owned and done. */
const calmMs = 120_000;
/** From one owner to the next, and not to the one after it. */
const handoffGapMs = 3000;
/** How often more time is given while something is left to do. */
const mostCalm = 5;

export async function runScenario(scenario: Scenario, program: typeof Program): Promise<Found> {
  const { runWorker, memoryLeases } = program;
  const random = seededRandom(scenario.seed + 1);
  const clock = virtualClock({ patience: 50 });
  const started = clock.now();
  const kinesis = createKinesis({ clock, random });
  const StreamName = "orders";
  kinesis.createStream({ name: StreamName, shards: scenario.shards });
  const stream = coreStream(kinesis, StreamName);
  const table = memoryLeases().open("billing");
  if (scenario.ledFor !== undefined) await diedLeading(table, scenario.ledFor, started);
  const beat = scenario.failoverMs / 3;
  const isQuiet = !scenario.steps.some(({ type }) => ["freeze", "outage"].includes(type));
  const isExact = isQuiet && scenario.lostReplies === 0 && scenario.lateWrites === 0;
  const slack = scenario.failoverMs + 30_000;
  const check = checker(isExact ? beat + 4 * scenario.latencyMs + 1000 : slack, standing);
  const story: string[] = [];
  const running: Running[] = [];
  let faults = 0;
  let outUntil = 0;
  let isCalm = false;
  let count = 0;

  const tell = (what: string) =>
    story.push(`${String(clock.now() - started).padStart(8)}  ${what}`);

  const network: Network = {
    latencyMs: scenario.latencyMs,
    get lostReplies() {
      return isCalm ? 0 : scenario.lostReplies;
    },
    get lateWrites() {
      return isCalm ? 0 : scenario.lateWrites;
    },
    get broken() {
      return isCalm ? 0 : (scenario.pushed?.broken ?? 0);
    },
    get silent() {
      return isCalm ? 0 : (scenario.pushed?.silent ?? 0);
    },
    isOut: () => clock.now() < outUntil,
    fault: () => faults++,
  };

  const { slice } = scenario;
  const effects =
    slice === undefined
      ? undefined
      : effectsOf({
          ...{ slice, network, random, program, violate: check.violate },
          effectMs: Math.min(scenario.handlerMs, 200),
          throws: () => (isCalm ? 0 : scenario.throws),
        });

  const validOwners = (shardId: string) =>
    running.flatMap(({ name, process, worker }) =>
      !process.isDead && worker.leases().some((one) => one.key === shardId && one.isValid)
        ? [name]
        : [],
    );

  function standing(name: string, shardId: string): Standing | undefined {
    const { process, worker } = running.find((one) => one.name === name)!;
    const lease = worker.leases().find(({ key }) => key === shardId);
    if (process.isFrozen) return "helpless";
    if (!lease || lease.isValid) return undefined;
    return lease.handingTo === undefined ? "helpless" : "handing over";
  }

  function start(): void {
    const name = `w${count++}`;
    const process = new Process(clock, random);
    tell(`${name} starts`);
    const handler = async ({ Records }: KinesisEvent) => {
      const shardId = Records[0]!.eventID.split(":")[0]!;
      const records = Records.map(({ kinesis }) => kinesis.sequenceNumber);
      check.begins(name, shardId, records, validOwners(shardId), clock.now());
      if (scenario.handlerMs > 0) await process.sleep(scenario.handlerMs * random());
      if (!isCalm && random() < scenario.throws) throw new Error("it failed");
      check.done(name, shardId, records, clock.now());
    };
    const worker = runWorker(effects?.handlerOf(process) ?? handler, {
      application: "billing",
      stream: StreamName,
      leases: { open: () => process.table(table, network) },
      workerId: name,
      failoverMs: scenario.failoverMs,
      handoffMs: 10_000,
      ...(scenario.pushed && { retrieval: program.fanOut() }),
      runtime: { clock: process.clock, random, stream: () => process.stream(stream, network) },
      on(event) {
        if (event.type === "led") tell(`${name} is led by ${event.by}`);
        if (event.type === "batch" || event.type === "led") return;
        const { type } = event;
        if (type !== "trouble") tell(`${name} ${type} ${event.shardId} ${JSON.stringify(event)}`);
        if (type === "givenBack") check.ended(name, event.shardId, "given back", clock.now());
        if (type !== "lost") return;
        check.ended(name, event.shardId, "lost", clock.now());
        effects?.changed(event.shardId);
      },
    });
    worker.done.catch((error) => {
      if (!process.isDead) check.violate("crash", `${name}: ${error}`);
    });
    running.push({ name, process, worker, isStopping: false });
  }

  const withoutOwner = () =>
    kinesis
      .listShards({ stream: StreamName })
      .filter(({ sequenceNumberRange }) => sequenceNumberRange.endingSequenceNumber === undefined)
      .flatMap(({ shardId }) => (validOwners(shardId).length === 0 ? [shardId] : []));

  const living = () => running.filter(({ process, isStopping }) => !process.isDead && !isStopping);

  function end({ name, process, worker }: Running): void {
    process.kill();
    for (const { key } of worker.leases()) effects?.changed(key);
    check.ended(name, undefined, "lost", clock.now());
  }

  function take(step: Step): void {
    if (step.type === "start") {
      start();
      return;
    }
    if (step.type === "outage") {
      outUntil = clock.now() + step.ms;
      return;
    }
    if (step.type === "split" || step.type === "merge") {
      reshard(step);
      return;
    }
    if (step.type === "rob") {
      void rob(step.which);
      return;
    }
    const one = living()[step.which % Math.max(1, living().length)];
    if (!one) return;
    faults++;
    tell(`${one.name} ${step.type}`);
    if (step.type === "kill") end(one);
    else if (step.type === "set clock") one.process.setClock(step.ms);
    else if (step.type === "freeze") {
      one.process.freeze();
      clock.after(step.ms, () => {
        tell(`${one.name} thaws`);
        one.process.thaw();
      });
    } else {
      one.isStopping = true;
      void one.worker.stop().then(() => tell(`${one.name} has stopped`));
    }
  }

  async function rob(which: number): Promise<void> {
    const leases = (await table.scan()).flatMap((row) => leaseIn(row) ?? []);
    const owned = leases.filter((lease) => lease.owner !== undefined && !isAtEnd(lease));
    const lease = owned[which % owned.length];
    const thief = living().find(({ worker }) => worker.id !== lease?.owner);
    if (!lease || !thief) return;
    faults++;
    tell(`${thief.name} robs ${lease.owner} of ${lease.key}`);
    await table.write(takeAway(lease, thief.worker.id));
  }

  function reshard({
    type,
    which,
  }: {
    readonly type: "split" | "merge";
    readonly which: number;
  }): void {
    const open = kinesis
      .listShards({ stream: StreamName })
      .filter((shard) => shard.sequenceNumberRange.endingSequenceNumber === undefined)
      .sort((a, b) =>
        BigInt(a.hashKeyRange.startingHashKey) < BigInt(b.hashKeyRange.startingHashKey) ? -1 : 1,
      );
    const at = which % open.length;
    const shard = open[at]!;
    tell(`${type} ${shard.shardId}`);
    const { startingHashKey, endingHashKey } = shard.hashKeyRange;
    const middle = (BigInt(startingHashKey) + BigInt(endingHashKey)) / 2n + 1n;
    if (type === "split" && BigInt(startingHashKey) < BigInt(endingHashKey)) {
      kinesis.splitShard({
        stream: StreamName,
        shardToSplit: shard.shardId,
        newStartingHashKey: String(middle),
      });
    } else if (type === "merge" && open[at + 1]) {
      kinesis.mergeShards({
        stream: StreamName,
        shardToMerge: shard.shardId,
        adjacentShardToMerge: open[at + 1]!.shardId,
      });
    }
    for (const { shardId, parentShardId, adjacentParentShardId } of kinesis.listShards({
      stream: StreamName,
    })) {
      const parents = [parentShardId, adjacentParentShardId].filter((id) => id !== undefined);
      check.follows(shardId, parents);
    }
  }

  function put(): void {
    for (let left = scenario.putsPerSecond; left > 0; left--) {
      const record = { partitionKey: String(random()), data: new Uint8Array(1) };
      const { shardId, sequenceNumber } = kinesis.putRecord({ stream: StreamName, ...record });
      if (effects) effects.put(shardId, sequenceNumber);
      else check.put({ shardId, sequenceNumber });
    }
  }

  for (let at = 0; at < scenario.workers; at++) {
    clock.after(Math.floor(random() * 3000), start);
  }
  for (const step of scenario.steps) clock.after(step.at, () => take(step));
  const length = scenario.minutes * 60_000;
  for (let second = 0; second * 1000 < length; second++) clock.after(second * 1000, put);
  await clock.advance(length);

  // Calm: everything must come right.
  isCalm = true;
  outUntil = 0;
  tell("calm");
  for (const { process } of running) process.thaw();
  if (living().length === 0) start();
  const bound = 2 * scenario.failoverMs + 15_000;
  await clock.advance(bound);
  // A child has no lease until its parents are read, which may just be over; and what nobody could make is found by the leader, later.
  const rows = await table.scan();
  let without = withoutOwner();
  // While a lease is handed over nobody has it for a moment.
  for (let looks = 0; looks < 3 && without.length > 0; looks++) {
    await clock.advance(handoffGapMs);
    const still = new Set(withoutOwner());
    without = without.filter((shardId) => still.has(shardId));
  }
  for (const shardId of without) {
    const row = rows.find(({ leaseKey }) => JSON.stringify(leaseKey).includes(shardId));
    if (row) {
      check.violate("owned", `${shardId} has no owner after ${bound} ms: ${JSON.stringify(row)}`);
    }
  }
  await clock.advance(calmMs);
  // A handler that is slow has much left to do, and is no loss.
  const isAllDone = () => effects?.isAllDone() ?? check.isAllDone();
  for (let more = 0; more < mostCalm && !isAllDone(); more++) await clock.advance(calmMs);
  check.finish();
  effects?.finish();
  for (const one of running) one.process.kill();
  const { records, repeats } = effects?.counts ?? check.counts;
  return { violations: check.violations, records, repeats, faults, story };
}
