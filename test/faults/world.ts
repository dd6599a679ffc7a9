/** One bad day from beginning to end, under one clock and one seed. */
import { hash } from "node:crypto";
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import type { Entry } from "../../src/index.ts";
import { deaggregate } from "../../src/kpl/index.ts";
import { createKinesis } from "../../src/local/kinesis/index.ts";
import {
  createEventSourceMapping,
  type FailureDocument,
  type Mapping,
  type MappingSettings,
} from "../../src/local/lambda/mapping/index.ts";
import type { KinesisEvent } from "../../src/local/lambda/types.ts";
import { seededRandom } from "../../src/time/random.ts";
import { type VirtualClock, virtualClock } from "../../src/time/virtual-clock.ts";
import { type Book, type Line, newBook, type PutRecord, type Violation } from "./book.ts";
import { type Checker, createChecker } from "./checker.ts";
import { effectsTable } from "./effects.ts";
import { checkAtEnd } from "./final-checks.ts";
import { createHost } from "./host.ts";
import type { Invocation } from "./invocation.ts";
import { type LogView, logsIn, logsInMemory, progressTable } from "./log-view.ts";
import { type Chance, chanceOf } from "./mapping/plan.ts";
import { createProducer, merge, split, stream } from "./producer.ts";
import type { Program } from "./program.ts";
import { shardOf } from "./progress-seam.ts";
import { noRates, type Rates, type Scenario } from "./scenario.ts";
import { type FakeDynamoDb, fakeDynamoDb } from "./store/fake-dynamodb.ts";

/** What the parts of the simulation share. */
export interface World {
  readonly scenario: Scenario;
  readonly program: Program;
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly book: Book;
  readonly checker: Checker;
  readonly db: FakeDynamoDb;
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
  now(): number;
  rates(): Rates;
  happens(what: Exclude<keyof Rates, "freezeMs" | "store">): boolean;
  /** Whether every effect fails at present. */
  isOut(): boolean;
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
  let outages = 0;
  const book = newBook(clock.now, isTold);
  const db = fakeDynamoDb({
    clock,
    random: randomOf(3),
    tables: { [progressTable]: { sortKey: "sk" }, [effectsTable]: {} },
    faults: rates.store,
    translateConfig: { marshallOptions: { removeUndefinedValues: true } },
    onRequest: ({ operation, fate }) => {
      const wrong = fate.refusal ?? (fate.landsAfter > fate.hearsAfter ? "late" : fate.replyLost);
      if (wrong)
        book.fault("store", `${operation}: ${wrong === true ? "the reply is lost" : wrong}`);
    },
  });
  const memory = program.memoryProgress();
  const memoryLogs = logsInMemory();
  const logs = scenario.consumer.progress === "memory" ? memoryLogs : logsIn(db);
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
  const checker = createChecker({ book, scenario, invocations, logs, now: clock.now, parentsOf });
  const recordAt = (data: Uint8Array) => {
    const { n } = JSON.parse(Buffer.from(data).toString()) as { n: number };
    return book.records.get(n)!;
  };
  const world: World = {
    scenario,
    program,
    clock,
    chance,
    book,
    checker,
    db,
    logs,
    memory,
    keep: memoryLogs.keep,
    parking: program.memoryParking(),
    invocations,
    thrown: new WeakSet(),
    abandoned: new Set(),
    unheard: [],
    absences: [],
    now: clock.now,
    rates: () => rates,
    happens: (what) => rates[what] > 0 && chance.happens(rates[what]),
    isOut: () => outages > 0,
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
  const put = createProducer(kinesis, book);
  const consumer = scenario.fanOut
    ? kinesis.registerStreamConsumer({ stream, name: "departures" }).arn
    : undefined;

  let settings: MappingSettings = scenario.mapping;
  let mappings = 0;
  let mapping = createMapping();

  function createMapping(from: MappingSettings = {}): Mapping {
    const who = `mapping ${++mappings}`;
    const reports = settings.functionResponseTypes!.length > 0;
    return createEventSourceMapping({
      kinesis,
      clock,
      random: randomOf(4 + mappings),
      ...(consumer ? { consumer } : { stream }),
      settings: { ...settings, ...from },
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
    const shardId = event.Records[0]!.eventID.split(":")[0]!;
    world.unheard.push({ requestId, shardId, identifier });
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
      book.tell(who, () => `gives up ${book.name(record)}: ${condition}`);
    }
  }

  /** A mapping goes, its invocations still under way; another begins where nothing can be missed. */
  function recreate(from: "horizon" | "unsettled", change: MappingSettings): void {
    mapping.stop();
    read(true);
    settings = { ...settings, ...change };
    const unsettled = [...book.records.values()].filter(
      (record) => record.effects.length === 0 || !checker.isNamedSinceReset(record),
    );
    const oldest = Math.min(clock.now(), ...unsettled.map(({ arrivedAt }) => arrivedAt));
    mapping = createMapping(
      from === "horizon"
        ? {}
        : { startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: new Date(oldest - 1) },
    );
    book.fault(
      "mapping",
      `is made anew, from ${from === "horizon" ? "the horizon" : "what is open"}`,
    );
  }

  /** Whether somebody reads the stream from now on. */
  function read(isRead: boolean): void {
    const { absences } = world;
    const current = absences.at(-1);
    if (!isRead) absences.push({ from: clock.now(), until: Number.POSITIVE_INFINITY });
    else if (current) current.until = Math.min(current.until, clock.now());
  }

  /** As `shardmill progress reset` does it: one more entry in each log. */
  async function reset(): Promise<void> {
    const store = program.dynamodbProgress({ tableName: progressTable, client: db });
    const names = new Set(db.items(progressTable).map(({ pk }) => pk!.S!));
    db.setFaults({});
    for (const log of names) {
      const shardId = shardOf(log);
      const n = logs.newest(shardId) + 1;
      if (n === 1 || !shardId.startsWith("shardId-")) continue;
      const at = clock.now();
      const entry = {
        kind: "reset",
        n,
        at,
        writer: "a person",
        token: `reset ${at}`,
        v: 1,
      } as const;
      await store.append(log, entry, at / 1000 + 400 * 86_400);
      checker.resets(shardId, n);
    }
    db.setFaults(rates.store);
    book.fault("somebody", "has everything done again");
  }

  async function expire(): Promise<void> {
    const now = clock.now() / 1000;
    for (const { pk, sk, expiresAt } of db.items(progressTable)) {
      if (Number(expiresAt?.N) > now) continue;
      const Key = { pk: pk!.S, sk: sk!.S };
      db.setFaults({});
      await db.send(new DeleteCommand({ TableName: progressTable, Key }));
      db.setFaults(rates.store);
    }
  }

  async function take(step: Scenario["steps"][number]): Promise<void> {
    switch (step.type) {
      case "put":
        return put(step);
      case "split":
        return split(kinesis, step.choice, book);
      case "merge":
        return merge(kinesis, step.choice, book);
      case "recreate":
        return recreate(step.from, step.settings);
      case "update":
        settings = { ...settings, ...step.settings };
        mapping.update(step.settings);
        return;
      case "reset":
        await reset();
        return recreate("horizon", step.settings);
      case "stop":
        read(false);
        return mapping.stop();
      case "start":
        read(true);
        return mapping.start();
      case "release":
        return host.deploy(step.release);
      case "outage":
        book.fault("effects", `fail for ${step.ms / 1000} s`);
        outages++;
        clock.after(step.ms, () => outages--);
        return;
      case "storeOutage":
        book.fault("store", `is out for ${step.ms / 1000} s`);
        db.setFaults({ ...rates.store, failBefore: 1 });
        clock.after(step.ms, () => db.setFaults(rates.store));
        return;
      case "expire":
        return expire();
    }
  }

  try {
    for (const step of scenario.steps) {
      await clock.advance(step.after);
      await take(step);
      if (book.violations.length > 0) break;
    }
    // Longer than any trouble that was begun; then all is well, but for records that never will be.
    await clock.advance(Math.max(0, ...scenario.steps.map((step) => ("ms" in step ? step.ms : 0))));
    rates = noRates;
    db.setFaults({});
    if (scenario.steps.some(({ type }) => type === "release")) host.deploy(2);
    read(true);
    mapping.start();
    const until = clock.now() + 12 * hour;
    for (let pause = 10_000; clock.now() < until; pause = Math.min(2 * pause, hour)) {
      await clock.advance(pause);
      if (isQuiet(mapping) || book.violations.length > 0) break;
    }
    // Whoever stands still wakes up, and late writes land.
    await clock.advance(6 * hour);
    if (book.violations.length === 0) checkAtEnd(world, isQuiet(mapping));
  } catch (error) {
    book.violate("crash", (error as Error).stack ?? String(error));
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
