/** For each rule of the progress log, code that breaks it: the simulation must notice. */
import { DeleteCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { drawScenario } from "./draw.ts";
import type { Patch } from "./load-program.ts";
import type { Program } from "./program.ts";
import type { ConsumerSetup, PlannedRecord, Rates, Scenario, Step } from "./scenario.ts";

type Store = ReturnType<Program["dynamodbProgress"]>;
type StoreOptions = NonNullable<Parameters<Program["dynamodbProgress"]>[0]>;

export interface Mutation {
  readonly rule: string;
  readonly name: string;
  /** Lines that read otherwise. */
  readonly patches?: readonly Patch[];
  /** Another store, where that says it. */
  readonly store?: (store: Store, options: StoreOptions) => Store;
  /** Days of another kind. @default those of a consumer without windows */
  readonly draw?: (seed: number) => Scenario;
  /** Makes days on which it would matter, out of any. */
  readonly focus?: (scenario: Scenario) => Scenario;
}

const inFile =
  (file: string) =>
  (from: string, to: string): Patch => ({ file: `src/${file}`, from, to });
const append = inFile("progress/append.ts");
const parentLogs = inFile("progress/parent-logs.ts");
const recall = inFile("progress/recall.ts");
const store = inFile("progress/dynamodb-store.ts");
const batchGet = inFile("aws/dynamodb/batch-get.ts");
const shardLog = inFile("progress/shard-log.ts");
const attempts = inFile("consumer/progress/attempts.ts");
const consume = inFile("consumer/consume.ts");
const begin = inFile("consumer/progress/begin.ts");
const processing = inFile("consumer/process.ts");
const remember = inFile("consumer/progress/remember.ts");
const processBatch = inFile("consumer/process-batch.ts");
const save = inFile("consumer/progress/save.ts");
const screen = inFile("consumer/progress/screen.ts");
const suspicion = inFile("consumer/parking/suspicion.ts");
const parkRecord = inFile("consumer/parking/park-record.ts");
const lease = inFile("consumer/progress/lease.ts");

const having =
  (consumer: Partial<ConsumerSetup>, rates: Partial<Rates> = {}) =>
  (scenario: Scenario): Scenario => ({
    ...scenario,
    consumer: { ...scenario.consumer, progress: "dynamodb", ...consumer },
    steps: scenario.steps.map((step) => parkingIn(step, consumer.park)),
    rates: { ...scenario.rates, ...rates, store: { ...scenario.rates.store, ...rates.store } },
  });

/** Another deployment parks in the same store: a redrive reads one. */
function parkingIn(step: Step, parking: ConsumerSetup["park"]): Step {
  if (step.type !== "deploy" || !step.consumer.park || !parking) return step;
  const { store } = parking;
  return { ...step, consumer: { ...step.consumer, park: { ...step.consumer.park, store } } };
}

const park: ConsumerSetup["park"] = {
  store: "memory",
  maxAttempts: 3,
  parkAfterInSeconds: 0,
  afterPark: "continue",
  suspectAfterInSeconds: 0,
};

/** What was parked comes back when all else is over. */
const thenRedriven =
  (focus: (scenario: Scenario) => Scenario) =>
  (scenario: Scenario): Scenario => {
    const { steps, ...focused } = focus(scenario);
    const redrive = { type: "redrive", after: 120_000, crash: 0, batchSize: 100 } as const;
    return { ...focused, steps: [...steps, redrive] };
  };

/** Retries without end, so that what is not parked stays. */
const forEver = (scenario: Scenario): Scenario => ({
  ...scenario,
  mapping: {
    ...scenario.mapping,
    maximumRetryAttempts: -1,
    maximumRecordAgeInSeconds: -1,
    functionResponseTypes: ["ReportBatchItemFailures"],
  },
});

/** The first record that is put behaves so, or the first few. */
const withRecord =
  (behaviour: NonNullable<PlannedRecord["behaviour"]>, count = 1) =>
  (scenario: Scenario): Scenario => {
    const at = scenario.steps.findIndex(({ type }) => type === "put");
    const step = scenario.steps[at];
    if (step?.type !== "put") return scenario;
    const records = step.records.map((record, place) =>
      place < count ? { ...record, behaviour } : record,
    );
    return { ...scenario, steps: scenario.steps.with(at, { ...step, records }) };
  };

const all =
  (...changes: readonly ((scenario: Scenario) => Scenario)[]) =>
  (scenario: Scenario): Scenario =>
    changes.reduce((changed, change) => change(changed), scenario);

const released = (scenario: Scenario): Scenario => ({
  ...scenario,
  steps: [
    { type: "release", after: 0, release: 2 },
    ...scenario.steps.slice(0, 2),
    { type: "release", after: 2000, release: 1 },
    ...scenario.steps.slice(2),
    { type: "recreate", after: 1000, from: "horizon", settings: {} },
    { type: "release", after: 5000, release: 2 },
  ],
});

const packed = (scenario: Scenario): Scenario => ({
  ...scenario,
  fanOut: true,
  mapping: { ...scenario.mapping, batchSize: 3 },
  steps: scenario.steps.map((step) => (step.type === "put" ? { ...step, packed: true } : step)),
});

/** Somebody has everything done again, before the last things happen. */
const isReset = (scenario: Scenario): Scenario => ({
  ...scenario,
  steps: [
    ...scenario.steps.slice(0, -1),
    { type: "reset", after: 60_000, settings: {}, crash: 0 },
    ...scenario.steps.slice(-1),
  ],
});

/** Ten invocations at once in an environment, each of three seconds. */
const shared = (scenario: Scenario): Scenario => ({
  ...scenario,
  host: { ...scenario.host, concurrency: 10, timeoutMs: 3000 },
});

/** The mapping does not listen to partial responses. */
const unheard = (scenario: Scenario): Scenario => ({
  ...scenario,
  fanOut: false,
  mapping: { ...scenario.mapping, parallelizationFactor: 1, functionResponseTypes: [] },
});

/** Equal ids through all shards and keys. */
const streamWide = all(
  having({ work: "onceStreamWide", uniqueIds: true, dedupeWindowInSeconds: 0 }),
  (scenario) => ({
    ...scenario,
    shards: 3,
    host: { ...scenario.host, clocks: [0, 0] },
    steps: scenario.steps.map((step) =>
      step.type === "put"
        ? { ...step, records: step.records.map((one) => ({ ...one, uid: `id-${one.n % 9}` })) }
        : step,
    ),
  }),
);

const resharded = (scenario: Scenario): Scenario => ({
  ...scenario,
  steps: scenario.steps.flatMap((step, at) =>
    at === 1 ? [{ type: "split", after: 0, choice: 0 } as const, step] : [step],
  ),
});

export const mutations: readonly Mutation[] = [
  {
    rule: "1 evidence",
    name: "what lies below the checkpoint is skipped",
    patches: [
      shardLog(
        "    let duplicate = false;\n",
        "    if (this.through && comparePositions(question.position, this.through) <= 0) return 'redelivered';\n    let duplicate = false;\n",
      ),
    ],
  },
  {
    rule: "1 evidence",
    name: "sequence numbers are compared as JavaScript numbers",
    patches: [
      inFile("record/position.ts")(
        "  if (a.length !== b.length) return a.length - b.length;",
        "  if (a.length + b.length > 0) return Number(a) - Number(b);",
      ),
    ],
    focus: all(having({ park }), forEver, withRecord("killer")),
  },
  {
    rule: "2 read before",
    name: "a warm environment does not read before the effects",
    patches: [
      recall(
        "const isNew = known.coveredFrom <= coverFrom && (await readNews(known, access, true));",
        "const isNew = known.coveredFrom <= coverFrom;",
      ),
    ],
    focus: having({}, { twice: 0.5 }),
  },
  {
    rule: "2 read before",
    name: "the reads are not consistent",
    patches: [
      store(
        "        ConsistentRead: true,\n        Key",
        "        ConsistentRead: false,\n        Key",
      ),
      batchGet(
        "Keys: left.slice(0, dynamodbLimits.batchGet), ConsistentRead: true",
        "Keys: left.slice(0, dynamodbLimits.batchGet), ConsistentRead: false",
      ),
    ],
    focus: having({}, { throws: 0.1, twice: 0 }),
  },
  {
    rule: "3 append",
    name: "an entry is put without its condition",
    patches: [
      store(
        '        ConditionExpression: "attribute_not_exists(pk)",',
        '        ConditionExpression: "attribute_exists(pk) OR attribute_not_exists(pk)",',
      ),
    ],
  },
  {
    rule: "3 append, 7 folds",
    name: "a fold deletes the entries that it restates, and its own",
    store: (store, { client, tableName }) => ({
      ...store,
      async append(log, entry, expiresAt, writes) {
        const appended = await store.append(log, entry, expiresAt, writes);
        for (let n = entry.since ?? entry.n + 1; n <= entry.n; n++) {
          const Key = { pk: log, sk: String(n).padStart(12, "0") };
          await (client as { send(command: unknown): Promise<unknown> }).send(
            new DeleteCommand({ TableName: tableName!, Key }),
          );
        }
        return appended;
      },
    }),
    focus: having({ smallFolds: true }),
  },
  {
    rule: "4 token",
    name: "one token for an environment",
    patches: [
      append(
        "    token: randomHex(random, 16),",
        "    token: ((globalThis as any).tokens ??= new WeakMap()).get(random) ?? ((globalThis as any).tokens.set(random, randomHex(random, 16)) && (globalThis as any).tokens.get(random)),",
      ),
    ],
    focus: having(
      { commitEvery: { records: 1, ms: 500 } },
      { store: { lateWrite: 0.2, lateByMs: 500 } },
    ),
  },
  {
    rule: "4 token",
    name: "our own lost reply is taken for another's entry",
    patches: [
      append(
        'const isOurs = "holder" in appended && appended.holder === entry.token;',
        "const isOurs: boolean = false;",
      ),
    ],
    focus: having(
      { work: "process", park },
      { store: { lostReply: 0.2 }, twice: 0, kill: 0, freeze: 0 },
    ),
  },
  {
    rule: "20 parking",
    name: "what another has parked and was done here is not said to be done",
    patches: [
      save("if (outcome === Outcome.processed) run.steps.parking?.nameAsRedriven(run, place);", ""),
    ],
    focus: thenRedriven(
      having(
        { work: "process", park: { ...park, store: "dynamodb", maxAttempts: 1 } },
        { twice: 0.8, throws: 0.1 },
      ),
    ),
  },
  {
    rule: "5 conflict",
    name: "another's entry is merged, and the batch is not screened again",
    patches: [save("  if (hasNews) screenAgain(run);\n", "")],
    focus: having({ commitEvery: { records: 1, ms: 500 } }, { twice: 0.8 }),
  },
  {
    rule: "5 conflict",
    name: "another's entry is not merged at all",
    patches: [
      append("      if (!(await readNews(log, access))) {", "      log.n++;\n      if (false) {"),
    ],
    focus: having({}, { twice: 0.5 }),
  },
  {
    rule: "6 slices",
    name: "an effect is marked before it happens",
    patches: [
      save(
        "(outcome >= Outcome.processed && outcome <= Outcome.parked)",
        "((outcome === Outcome.running || outcome >= Outcome.processed) && outcome <= Outcome.parked)",
      ),
    ],
    focus: having({ commitEvery: { records: 1, ms: 500 }, work: "process" }, { kill: 0.02 }),
  },
  {
    rule: "7 folds",
    name: "a fold forgets the oldest name",
    patches: [
      shardLog(
        "      names: Buffer.concat(names),",
        "      names: Buffer.concat(names).subarray(16),",
      ),
      shardLog(
        "      arrivals: packArrivals(seconds),",
        "      arrivals: packArrivals(seconds.slice(1)),",
      ),
    ],
    focus: having({ smallFolds: true }, { cold: 0.5 }),
  },
  {
    rule: "8 stream time",
    name: "the window is measured on the clocks of environments",
    patches: [
      save(
        "    arrivals: packArrivals(seconds),",
        "    arrivals: packArrivals(seconds.map(() => Math.floor(run.runtime.clock.now() / 1000))),",
      ),
    ],
  },
  {
    rule: "9 reshards",
    name: "a child begins empty when ListShards fails",
    patches: [
      parentLogs(
        "await parentsOf(streamArn, shardId)",
        "await parentsOf(streamArn, shardId).catch(() => [])",
      ),
    ],
    focus: all(
      having({ uniqueIds: true, dedupeWindowInSeconds: 900 }, { parents: 0.8 }),
      resharded,
    ),
  },
  {
    rule: "9 reshards",
    name: "a cold start does not follow the parents",
    patches: [
      recall(
        "  if (source.hasIds) await followParents(",
        "  if (!source.hasIds) await followParents(",
      ),
    ],
    focus: all(having({ uniqueIds: true, dedupeWindowInSeconds: 900 }), resharded),
  },
  {
    rule: "9 reshards",
    name: "the parents' logs are read once",
    patches: [recall("(await readAncestors(known, access))", "true")],
    // It shows in one day of twenty thousand.
    draw: () => drawScenario(14_003_010),
  },
  {
    rule: "10 suspicion",
    name: "a late batch does not say that it begins",
    patches: [suspicion("isLate(run, rest[0])", "isLate(run, undefined)")],
    focus: all(having({ park, lease: false }), forEver, withRecord("killer")),
  },
  {
    rule: "10 suspicion",
    name: "suspects are not halved",
    patches: [suspicion("Math.ceil(suspects.places.length / 2)", "suspects.places.length")],
    focus: all(having({ park }), forEver, withRecord("killer")),
  },
  {
    rule: "10 suspicion",
    name: "suspects forget which lanes have stopped",
    patches: [
      processing(
        "    for (let left = unstopped(run, places); left.length > 0; ) {",
        "    for (let left = places; left.length > 0; ) {",
      ),
      suspicion("unstopped(run, freshPlaces(run))", "freshPlaces(run)"),
    ],
    focus: all(having({ park, order: "partitionKey" }, { kill: 0.02, throws: 0.1 }), forEver),
  },
  {
    rule: "11 no answer while an effect is pending",
    name: "the environment lives on with an effect that hangs",
    patches: [consume("    if (isHung) {", "    if (isHung && !plan) {")],
    focus: having({ work: "process", lease: false }, { hangs: 0.05 }),
  },
  {
    rule: "11 no answer while an effect is pending",
    name: "beside an effect that hangs invocations begin until what was done is saved",
    patches: [consume("    lifetime.doom();\n", "")],
    focus: all(
      having(
        { work: "process", lease: false, marginMs: 0 },
        { hangs: 0.05, twice: 0.3, store: { latencyMs: [5, 900], transactionConflict: 0.05 } },
      ),
      shared,
    ),
  },
  {
    rule: "12 unsaved",
    name: "names that could not be saved are not carried",
    patches: [append("  log.mergeUnsaved(slice);\n", "  if (slice) return;\n")],
    focus: having({}, { store: { failBefore: 0.5 } }),
  },
  {
    rule: "13 given back is not failed",
    name: "what is given back counts as an attempt",
    patches: [
      save(
        "    open.push(openRecord(run, memory, lowest, 0));",
        "    open.push(openRecord(run, memory, lowest, 1));",
      ),
    ],
  },
  {
    rule: "13 given back is not failed",
    name: "what was not run is answered as done",
    patches: [
      inFile("consumer/settle.ts")(
        "  const open = outcomes.places((outcome) => !isDone(outcome));",
        "  const open = outcomes.places((outcome) => !isDone(outcome) && outcome !== 0);",
      ),
    ],
  },
  {
    rule: "13 given back is not failed",
    name: "no record is run when there is hardly any time",
    patches: [
      inFile("consumer/order.ts")(
        "deadline.hasTime() || (begun === 0 && ",
        "deadline.hasTime() || (begun < 0 && ",
      ),
    ],
    focus: all(having({ marginMs: 100_000 }), forEver, (scenario) => ({
      ...scenario,
      host: { ...scenario.host, effectMs: [0, 0] },
    })),
  },
  {
    rule: "14 attempts",
    name: "attempts are not kept",
    store: (store) => ({
      ...store,
      append: (log, entry, ...rest) => store.append(log, { ...entry, open: [] }, ...rest),
    }),
    focus: all(having({ park }, { cold: 1 }), forEver, withRecord("poison")),
  },
  {
    rule: "14 attempts",
    name: "a death is counted again with each failure",
    patches: [attempts("n > (open?.saidBy ?? 0)", "n > 0")],
    focus: all(having({ park, lease: false }, { kill: 0.01, throws: 0.4 }), forEver),
  },
  {
    rule: "15 duplicates inside a batch",
    name: "they run beside each other",
    patches: [screen("  if (!id) return;\n  const first", "  if (id) return;\n  const first")],
    focus: having({ uniqueIds: true }),
  },
  {
    rule: "15 duplicates inside a batch",
    name: "they are done, though the first of them failed",
    patches: [
      processing("if (isDone(outcomes.of(first))) outcomes", "if (first >= 0) outcomes"),
      inFile("consumer/settle.ts")(
        "  const open = outcomes.places((outcome) => !isDone(outcome));",
        "  const firsts = [...outcomes.twins.values()];\n  const open = outcomes.places((outcome) => !isDone(outcome)).filter((place) => !firsts.includes(place));",
      ),
    ],
    focus: having({ uniqueIds: true }, { throws: 0.4 }),
  },
  {
    rule: "16 fan-out",
    name: "inner records are named by their place in the batch",
    patches: [screen("const name = batch.fanOut\n", "const name = batch.records.length < 0\n")],
    focus: all(having({ uniqueIds: false }), packed),
  },
  {
    rule: "17 whose log",
    name: "another function's log is as good as ours",
    patches: [recall("entry.writer !== writer && ", "entry.writer === '' && ")],
    focus: having({}, { stranger: 0.5 }),
  },
  {
    rule: "17 whose log",
    name: "an entry of an unknown version is read all the same",
    patches: [recall("entry.v !== entryVersion", "entry.v < 0")],
    focus: all(having({}), released),
  },
  {
    rule: "17 whose log",
    name: "continue gets past another's log",
    patches: [remember(" || isLogMismatch(error))", " || false)")],
    focus: having({ onProgressUnavailable: "continue" }, { stranger: 0.5 }),
  },
  {
    rule: "14 attempts, 16 fan-out",
    name: "what another record closed stays closed for the one that stands there now",
    patches: [
      inFile("progress/record-states.ts")(
        "    if (n <= (this.#closed.get(key) ?? 0)) return;\n    const known",
        "    if (this.#closed.has(key)) return;\n    const known",
      ),
    ],
    focus: all(having({ park, uniqueIds: true }), forEver, packed, withRecord("poison", 3)),
  },
  {
    rule: "18 again",
    name: "a reset changes nothing",
    patches: [shardLog("      if (isNewest) this.#forget();\n", "")],
    focus: all(having({ work: "process" }), isReset),
  },
  {
    rule: "18 again",
    name: "what stands before a reset is read all the same",
    patches: [recall('return entry.kind === "reset" || log.floor > 0;', "return log.floor > 0;")],
    focus: all(having({ work: "process" }, { cold: 1 }), isReset),
  },
  {
    rule: "19 abandoned",
    name: "nobody notices what was given back for nothing",
    patches: [
      inFile("consumer/progress/abandoned.ts")(
        "  if (awaited.length === 0) return [];",
        "  if (awaited.length >= 0) return [];",
      ),
    ],
    focus: all(
      having({ onProgressUnavailable: "stop", parallelizationFactor: 1 }, { throws: 0.4 }),
      unheard,
    ),
  },
  {
    rule: "20 parking",
    name: "the shard moves on although parking failed",
    patches: [
      parkRecord(
        "      error: describeError(storeError),\n    });\n    return false;\n",
        "      error: describeError(storeError),\n    });\n",
      ),
    ],
    focus: all(having({ park }, { park: 0.5 }), forEver, withRecord("poison")),
  },
  {
    rule: "20 parking",
    name: "the item is confirmed before the log says so",
    patches: [
      parkRecord(
        "  if (!outcomes.parked(place)) return true;\n",
        "  await plan.park!.confirm(parked);\n  if (!outcomes.parked(place)) return true;\n",
      ),
    ],
    focus: all(having({ park }), forEver, withRecord("poison")),
  },
  {
    rule: "20 parking",
    name: "what follows a parked record of its key is run",
    patches: [
      parkRecord(
        "  if (!run.memory!.parkedKeys?.has(nameOfKey(partitionKey))) return undefined;\n",
        "  if (partitionKey !== undefined) return undefined;\n",
      ),
    ],
    focus: all(having({ park: { ...park, afterPark: "parkKey" } }), forEver, withRecord("poison")),
  },
  {
    rule: "20 parking",
    name: "what follows a record that the call before had parked is run",
    patches: [processBatch("mayRead() && parking?.parkUnrun(run, place)", "false")],
    focus: all(
      having({ work: "processBatch", maxItems: 3, park: { ...park, afterPark: "parkKey" } }),
      forEver,
      withRecord("final"),
    ),
  },
  {
    rule: "20 parking",
    name: "a record is parked before its time",
    patches: [
      parkRecord("attempts >= plan.maxAttempts && isOldEnough", "attempts >= plan.maxAttempts"),
    ],
    focus: all(
      having({ park: { ...park, parkAfterInSeconds: 600 } }),
      forEver,
      withRecord("poison"),
    ),
  },
  {
    rule: "20 parking",
    name: "what was parked while an entry was written counts as saved",
    patches: [
      save(
        "(place) => outcomes.of(place) === included.get(place)",
        "(place) => outcomes.of(place) !== undefined",
      ),
    ],
    focus: all(
      having(
        {
          park: { ...park, store: "dynamodb" },
          commitEvery: { records: 1, ms: 500 },
          concurrency: 10,
          order: "none",
          work: "process",
        },
        { store: { latencyMs: [5, 900] } },
      ),
      forEver,
      withRecord("final", 3),
    ),
  },
  {
    rule: "20 parking",
    name: "what could not be saved as parked is confirmed when it is saved as open",
    patches: [
      save(
        "    const parked = places.filter((place) => outcomes.of(place) === Outcome.parked);",
        "    const parked = places.filter((place) => outcomes.of(place) !== undefined);",
      ),
    ],
    focus: all(
      having(
        {
          park: { ...park, maxAttempts: 1, store: "dynamodb" },
          work: "processBatch",
          maxItems: 1,
        },
        {
          freeze: 0.03,
          freezeMs: [1000, 120_000],
          twice: 0.8,
          store: { lostReply: 0.2, transactionConflict: 0.2 },
        },
      ),
      shared,
    ),
  },
  {
    rule: "21 transactional effects",
    name: "the writes come after the entry",
    store: (store, { client }) => ({
      ...store,
      async append(log, entry, expiresAt, writes) {
        const appended = await store.append(log, entry, expiresAt);
        if (writes && appended.ok) {
          await (client as { send(command: unknown): Promise<unknown> }).send(
            new TransactWriteCommand({ TransactItems: writes as never }),
          );
        }
        return appended;
      },
    }),
    focus: having({ work: "commitWith" }, { kill: 0.02 }),
  },
  {
    rule: "21 transactional effects",
    name: "writes that were waiting are sent unscreened",
    patches: [save("if (isOver) return undefined;", "if (isOver && round > 1) return undefined;")],
    focus: having({ work: "commitWith" }, { twice: 0.8 }),
  },
  {
    rule: "21 transactional effects",
    name: "after a conflict the writes are sent again unscreened",
    patches: [
      inFile("consumer/progress/transact.ts")(
        "    else if (skipIfDone(run, each.place)) each.settle(true);",
        "    else if (each.place < 0) each.settle(true);",
      ),
      save("outcomes.isHung(place) || isKnown(run, place),", "outcomes.isHung(place),"),
    ],
    focus: having({ work: "commitWith" }, { twice: 0.8 }),
  },
  {
    rule: "22 lease",
    name: "the effects begin without the lease",
    patches: [begin("    (!plan.lease || (await", "    (!plan.lease || plan.lease || (await")],
    focus: having({ lease: true, parallelizationFactor: 1 }, { twice: 0.8 }),
  },
  {
    rule: "22 lease",
    name: "another's lease holds for nobody",
    patches: [
      lease(
        "  return isToCome && now - seen < until! - at;",
        "  return isToCome && now - seen < until! - at && now < 0;",
      ),
    ],
    focus: having({ lease: true, parallelizationFactor: 1 }, { twice: 0.8 }),
  },
  {
    rule: "24 stream-wide ids",
    name: "a twin does not wait for the one that is at it",
    patches: [
      inFile("consumer/progress/stream-wide.ts")(
        "      if (!held || held.token === claim.token) break;",
        '      if (held?.state !== "done") break;',
      ),
    ],
    focus: streamWide,
  },
  {
    rule: "24 stream-wide ids",
    name: "an id is free again after its effect",
    patches: [
      inFile("consumer/progress/stream-wide.ts")(
        "    if (!hasHappened()) await ids.release(id, claim);",
        "    if (hasHappened()) await ids.release(id, claim);",
      ),
    ],
    focus: streamWide,
  },
  {
    rule: "24 stream-wide ids",
    name: "whoever comes takes the id over",
    patches: [
      inFile("progress/dynamodb-ids.ts")(
        "(#state = :began AND (#until < :now OR #holder = :holder))",
        "(#state = :began AND (#until < :now OR #holder = :holder OR #holder <> :holder))",
      ),
    ],
    focus: streamWide,
  },
  {
    rule: "order",
    name: "a lane goes on behind a failure",
    patches: [
      inFile("handler/lanes.ts")(
        "      else busy.set(lane, null);",
        "      else busy.delete(lane);",
      ),
    ],
    focus: having({ order: "partitionKey", work: "process" }, { throws: 0.1 }),
  },
  {
    rule: "forward",
    name: "the checkpoint is where the latest batch ended",
    patches: [
      append(
        "through: outer(draft.through, log.through, 1),",
        "through: draft.through ?? log.through,",
      ),
    ],
  },
];
