/** One bad day from beginning to end, under one clock and one seed. */
import { AsyncLocalStorage } from "node:async_hooks";
import { hash } from "node:crypto";
import { createKinesis, type Kinesis } from "../../packages/local/src/kinesis/index.ts";
import {
  createEventSourceMapping,
  type FailureDocument,
  type Mapping,
  type MappingSettings,
} from "../../packages/local/src/lambda/mapping/index.ts";
import type { Entry } from "../../src/index.ts";
import { deaggregate } from "../../src/kpl.ts";
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import { seededRandom } from "../../src/time/random.ts";
import { type VirtualClock, virtualClock } from "../../src/time/virtual-clock.ts";
import { type Book, type Line, newBook, type PutRecord, type Violation } from "./book.ts";
import { type Checker, createChecker } from "./checker.ts";
import { effectsTable } from "./effects.ts";
import { checkAtEnd, checkIsolation } from "./final-checks.ts";
import { createHost } from "./host.ts";
import { type Invocation, shardIn } from "./invocation.ts";
import { type LogView, logsIn, logsInMemory, progressTable } from "./log-view.ts";
import { type Chance, chanceOf } from "./mapping/plan.ts";
import { createOperator } from "./operator.ts";
import { createProducer, stream } from "./producer.ts";
import type { Program } from "./program.ts";
import { noRates, type Rates, type Scenario } from "./scenario.ts";
import { createDay } from "./steps.ts";
import { type FakeDynamoDb, fakeDynamoDb } from "./store/fake-dynamodb.ts";
import { type FakeS3, fakeS3 } from "./store/fake-s3.ts";
import { type FakeSqs, fakeSqs } from "./store/fake-sqs.ts";

/** What the parts of the simulation share. */
export interface World {
  readonly scenario: Scenario;
  readonly program: Program;
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly kinesis: Kinesis;
  /** The invocation that a call belongs to, where several run in one environment. */
  readonly current: AsyncLocalStorage<Invocation>;
  readonly book: Book;
  readonly checker: Checker;
  readonly db: FakeDynamoDb;
  readonly s3: FakeS3;
  readonly sqs: FakeSqs;
  readonly logs: LogView;
  /** The store where the scenario has one in memory. */
  readonly memory: ReturnType<Program["memoryProgress"]>;
  /** Enters what was appended to it. */
  keep(log: string, entry: Entry): void;
  readonly parking: ReturnType<Program["memoryParking"]>;
  readonly invocations: Invocation[];
  /** What the user's function has thrown. */
  readonly thrown: WeakSet<object>;
  /** Sequence numbers that the program called abandoned. */
  readonly abandoned: Set<string>;
  /** Answers to a mapping that does not listen to them. */
  readonly unheard: Unheard[];
  /** Since when, and until when, nobody reads the stream. */
  readonly absences: { readonly from: number; until: number }[];
  /** When each epoch was deployed first. */
  readonly epochs: Map<number, number>;
  /** What is wrong with records has been put right. */
  isCured: boolean;
  /** How many outages there are at present, in which every effect fails. */
  outages: number;
  now(): number;
  rates(): Rates;
  happens(what: Exclude<keyof Rates, "freezeMs" | "store">): boolean;
  parentsOf(shardId: string): readonly string[];
  /** Those that ListShards still knows. */
  listedParentsOf(shardId: string): readonly string[];
  /** A shard's first sequence number. */
  startOf(shardId: string): string;
  recordAt(data: Uint8Array): PutRecord;
  /** The user records in an event. */
  recordsIn(event: KinesisEvent): PutRecord[];
}

/** An invocation gave back what stands at `identifier` and after it, and the mapping went on. */
export interface Unheard {
  readonly requestId: string;
  readonly shardId: string;
  readonly identifier: string;
}

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly lines: readonly Line[];
  readonly records: number;
  readonly faults: number;
  readonly invocations: number;
  /** Equal for equal runs. */
  readonly digest: string;
}

const hour = 3_600_000;

export async function runScenario(
  scenario: Scenario,
  program: Program,
  { isTold = false }: { readonly isTold?: boolean } = {},
): Promise<Outcome> {
  // Everything here ends by itself or by a timer: time need not wait for work in flight.
  const clock: VirtualClock = { ...virtualClock(), busy: () => () => {} };
  const randomOf = (part: number) => seededRandom(scenario.seed * 16 + part);
  const chance = chanceOf(randomOf(1));
  const kinesis = createKinesis({ clock, random: randomOf(2) });
  kinesis.createStream({ name: stream, shards: scenario.shards });
  let rates = scenario.rates;
  const book = newBook(clock.now, isTold);
  const db = fakeDynamoDb({
    clock,
    random: randomOf(3),
    tables: { [progressTable]: { sortKey: "sk" }, [effectsTable]: {} },
    faults: rates.store,
    skewMs: scenario.host.storeClock,
    timeToLive: { lateMs: scenario.host.ttlLateMs },
    translateConfig: { marshallOptions: { removeUndefinedValues: true } },
    onRequest: ({ operation, fate }) => {
      const wrong = fate.refusal ?? (fate.landsAfter > fate.hearsAfter ? "late" : fate.replyLost);
      if (wrong)
        book.fault("store", `${operation}: ${wrong === true ? "the reply is lost" : wrong}`);
    },
  });
  const others = (part: number, name: string) => ({
    clock,
    random: randomOf(part),
    faults: () => rates.store,
    onRequest: (operation: string, wrong: string) => book.fault(name, `${operation}: ${wrong}`),
  });
  const s3 = fakeS3(others(1000, "bucket"));
  const sqs = fakeSqs(others(1001, "queue"));
  const memory = program.memoryProgress();
  const memoryLogs = logsInMemory();
  const isMemory = scenario.consumer.progress === "memory";
  const isLong = scenario.steps.some(({ type }) => type === "pass");
  const logs = isMemory ? memoryLogs : logsIn(db, clock.now, isLong);
  const shard = (shardId: string) =>
    kinesis.listShards({ stream }).find((each) => each.shardId === shardId);
  const lineages = new Map<string, readonly string[]>();
  const parentsOf = (shardId: string) => {
    const found = shard(shardId);
    const parents = found
      ? [found.parentShardId, found.adjacentParentShardId].filter((id) => id !== undefined)
      : (lineages.get(shardId) ?? []);
    lineages.set(shardId, parents);
    return parents;
  };
  const invocations: Invocation[] = [];
  const epochs = new Map([[scenario.consumer.epoch, clock.now()]]);
  const checker = createChecker({
    ...{ book, scenario, invocations, logs, epochs, parentsOf },
    now: clock.now,
  });
  const recordAt = (data: Uint8Array) => {
    const { n } = JSON.parse(Buffer.from(data).toString()) as { n: number };
    return book.records.get(n)!;
  };
  const world: World = {
    ...{ scenario, program, clock, chance, kinesis, book, checker, invocations },
    ...{ db, s3, sqs, logs, memory },
    current: new AsyncLocalStorage(),
    keep: memoryLogs.keep,
    parking: program.memoryParking(),
    thrown: new WeakSet(),
    abandoned: new Set(),
    unheard: [],
    absences: [],
    epochs,
    isCured: false,
    outages: 0,
    now: clock.now,
    rates: () => rates,
    happens: (what) => rates[what] > 0 && chance.happens(rates[what]),
    parentsOf,
    listedParentsOf: (shardId) => parentsOf(shardId).filter((parent) => shard(parent)),
    startOf: (shardId) => shard(shardId)!.sequenceNumberRange.startingSequenceNumber,
    recordAt,
    recordsIn: (event) =>
      event.Records.flatMap(({ kinesis: { data } }) => {
        const bytes = Buffer.from(data, "base64");
        return (deaggregate(bytes) ?? [{ data: bytes }]).map((inner) => recordAt(inner.data));
      }),
  };
  const host = createHost(world);
  const operator = createOperator(world, host);
  const put = createProducer(kinesis, book);
  const consumer = scenario.fanOut
    ? kinesis.registerStreamConsumer({ stream, name: "departures" }).arn
    : undefined;

  let mappings = 0;
  function createMapping(settings: MappingSettings): Mapping {
    const who = `mapping ${++mappings}`;
    const reports = settings.functionResponseTypes!.length > 0;
    return createEventSourceMapping({
      kinesis,
      clock,
      random: randomOf(4 + mappings),
      ...(consumer ? { consumer } : { stream }),
      settings,
      trace: false,
      async invoke(event, { awsRequestId }) {
        const answer = await host.invoke(event, awsRequestId);
        const identifier = answer.batchItemFailures[0]?.itemIdentifier;
        if (!reports && identifier !== undefined) ignore(event, awsRequestId, identifier);
        return answer;
      },
      onFailure(document) {
        discard(document, who);
        if (world.happens("destination")) throw new Error("the destination takes nothing");
      },
    });
  }

  function ignore(event: KinesisEvent, requestId: string, identifier: string): void {
    book.fault("mapping", `does not listen to the item failure ${identifier}`);
    world.unheard.push({ requestId, shardId: shardIn(event), identifier });
    for (const record of world.recordsIn(event)) {
      if (BigInt(record.sequenceNumber) >= BigInt(identifier)) record.wasIgnored = true;
    }
  }

  function discard({ KinesisBatchInfo: info, requestContext }: FailureDocument, who: string): void {
    const [start, end] = [BigInt(info.startSequenceNumber!), BigInt(info.endSequenceNumber!)];
    const { requestId, condition } = requestContext;
    const request = world.invocations.findLast((each) => each.requestId === requestId);
    for (const record of book.records.values()) {
      const number = BigInt(record.sequenceNumber);
      if (record.shardId !== info.shardId || number < start || number > end) continue;
      if (request && !request.records.includes(record.n)) continue;
      record.wasDiscarded = true;
      // Trouble that outlasts the stream's retention keeps the children of a shard from being read, too.
      if (condition === "RecordAgeExceeded")
        world.absences.unshift({ from: record.arrivedAt, until: clock.now() });
      book.tell(who, () => `gives up ${book.name(record)}: ${condition}`);
    }
  }

  const day = createDay({ world, host, operator, put, createMapping });
  try {
    for (const step of scenario.steps) {
      await clock.advance(step.after);
      await day.take(step);
      if (book.violations.length > 0) break;
    }
    // Longer than any trouble that was begun; then all is well, but for records that never will be.
    await clock.advance(Math.max(0, ...scenario.steps.map((step) => ("ms" in step ? step.ms : 0))));
    rates = noRates;
    db.setFaults({});
    day.calm();
    const until = clock.now() + 12 * hour;
    for (let pause = 10_000; clock.now() < until; pause = Math.min(2 * pause, hour)) {
      await clock.advance(pause);
      if (isQuiet(day.mapping) || book.violations.length > 0) break;
    }
    // Whoever stands still wakes up, and late writes land.
    await clock.advance(6 * hour);
    if (scenario.consumer.park) {
      if (!isQuiet(day.mapping)) checkIsolation(world);
      if (book.violations.length === 0) await bringBackAll();
    }
    if (scenario.consumer.windows) await closeAll();
    if (book.violations.length === 0) checkAtEnd(world, isQuiet(day.mapping));
  } catch (error) {
    book.violate("crash", (error as Error).stack ?? String(error));
  }
  /** The schedule closes what is open. */
  async function closeAll(): Promise<void> {
    let isWhole = false;
    for (let round = 0; round < 8 && !isWhole; round++) {
      void host.flush().then((all) => {
        isWhole = all;
      });
      await clock.advance(hour / 2);
    }
    if (!isWhole) book.violate("isolation", "a flush does not come through");
  }

  /** What is parked comes back, now that nothing is wrong with it, and Lambda has delivered all there is. */
  async function bringBackAll(): Promise<void> {
    world.isCured = true;
    for (let round = 0; round < 8; round++) {
      let isWhole: boolean | undefined;
      // What takes too long together has its turn alone.
      const choice = { crash: 0, batchSize: round === 0 ? 100 : 1, unconfirmed: round > 1 };
      void operator.redrive(choice).then((all) => {
        isWhole = all;
      });
      // What another redrive has taken is free after a while.
      for (let left = 48; left > 0 && (left === 48 || isWhole === undefined); left--) {
        await clock.advance(hour / 2);
      }
      if (isWhole === undefined) book.violate("isolation", "a redrive does not come to its end");
      if (isWhole || book.violations.length > 0) return;
    }
  }

  return {
    violations: book.violations,
    lines: book.lines,
    records: book.records.size,
    faults: book.faults,
    invocations: world.invocations.length,
    digest: hash("md5", JSON.stringify([book.faults, world.invocations.map(digestOf), db.costs()])),
  };

  function isQuiet({ checkpoints }: Mapping): boolean {
    const last = new Map<string, bigint>();
    for (const { shardId, sequenceNumber } of book.records.values()) {
      const number = BigInt(sequenceNumber);
      if (number > (last.get(shardId) ?? 0n)) last.set(shardId, number);
    }
    return [...last].every(([id, number]) => {
      const checkpoint = checkpoints[id];
      return checkpoint !== undefined && BigInt(checkpoint) >= number;
    });
  }
}

const digestOf = ({ environmentId, records, began, ended }: Invocation) => [
  environmentId,
  records,
  began,
  ended,
];
