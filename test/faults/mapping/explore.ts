/** One run of a mapping under a plan made from a seed: what was violated, and a digest of what happened. */
import { hash } from "node:crypto";
import {
  createKinesis,
  type Kinesis,
  type Shard,
} from "../../../packages/local/src/kinesis/index.ts";
import {
  createEventSourceMapping,
  type Mapping,
} from "../../../packages/local/src/lambda/mapping/index.ts";
import { effectiveHashKey } from "../../../src/kpl/hash-key.ts";
import { aggregate } from "../../../src/kpl.ts";
import type { Invoke } from "../../../src/mapping/invoke.ts";
import type { KinesisEvent } from "../../../src/record/lambda-event.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { ledger } from "./ledger.ts";
import { type Chance, chanceOf, type Plan, planOf, type Step } from "./plan.ts";

export interface Exploration {
  readonly violations: readonly string[];
  readonly records: number;
  readonly invocations: number;
  readonly documents: number;
  /** Equal for equal runs. */
  readonly digest: string;
}

const stream = "orders";

export async function explore(seed: number): Promise<Exploration> {
  const chance = chanceOf(seededRandom(seed));
  const plan = planOf(chance);
  const clock = virtualClock({ patience: 0 });
  const kinesis = createKinesis({ clock, random: seededRandom(seed + 1), limits: plan.limits });
  kinesis.createStream({ name: stream, shards: plan.shards });
  const { settings, fanOut } = plan;
  const retries = settings.maximumRetryAttempts!;
  const lanes = [settings, ...plan.steps.map((step) => ("settings" in step ? step.settings : {}))];
  const book = ledger({
    shardOrder: lanes.every(({ parallelizationFactor = 1 }) => parallelizationFactor === 1),
    mostAttempts: retries < 0 ? undefined : retries + 1,
    idOf: (data) => JSON.parse(Buffer.from(data, "base64").toString()).id,
  });
  const poison = new Set<number>();
  let nextId = 0;
  let documents = 0;

  const source = fanOut
    ? { consumer: kinesis.registerStreamConsumer({ stream, name: "departures" }).arn }
    : { stream };
  const mapping: Mapping = createEventSourceMapping({
    kinesis,
    clock,
    random: seededRandom(seed + 2),
    ...source,
    settings,
    invoke: functionUnder(plan, chance, book, poison, clock, () => mapping),
    onFailure(document) {
      documents++;
      book.documented(document);
      if (chance.happens(plan.destinationFails)) throw new Error("AccessDenied");
    },
  });

  function put({ keys, aggregate: packs }: Extract<Step, { type: "put" }>): void {
    const records = keys.map((partitionKey) => {
      const id = nextId++;
      const keep = chance.happens(0.8);
      if (chance.happens(plan.behaviour.poison)) poison.add(id);
      return { id, partitionKey, keep, data: Buffer.from(JSON.stringify({ id, keep })) };
    });
    const filters = settings.filterCriteria !== undefined;
    // Aggregates are for consumers, each for one shard, as a producer of the KPL packs them.
    const groups = packs && fanOut ? groupByShard(kinesis, records) : records.map((one) => [one]);
    for (const group of groups) {
      const packed = group.length > 1 ? aggregate(group) : group[0]!;
      const explicitHashKey = String(effectiveHashKey(group[0]!));
      const { partitionKey, data } = packed;
      const placed = kinesis.putRecord({ stream, partitionKey, data, explicitHashKey });
      for (const { id, keep, partitionKey: key } of group) {
        book.put({ id, key, ...placed }, filters && !keep);
      }
    }
  }

  function take(step: Step): void {
    switch (step.type) {
      case "put":
        put(step);
        return;
      case "split":
        split(kinesis, step.choice);
        return;
      case "merge":
        merge(kinesis, step.choice);
        return;
      case "update":
        mapping.update(step.settings);
        return;
      case "stop":
        mapping.stop();
        return;
      case "start":
        mapping.start();
    }
  }

  for (const step of plan.steps) {
    await clock.advance(step.after);
    try {
      take(step);
    } catch (error) {
      // With limits a shard refuses some writes; they never were in the stream.
      if ((error as Error).name !== "ProvisionedThroughputExceededException") throw error;
    }
  }
  mapping.start();
  await mapping.drain();
  book.checkpoints(mapping.checkpoints);
  book.end();
  const { metrics, trace } = mapping;
  const given = metrics.OnFailureDestinationDeliveredEventCount + metrics.DroppedEventCount;
  if (documents === 0 && given > 0)
    book.violations.push("records were given up without a document");
  return {
    violations: book.violations,
    records: book.size,
    invocations: trace.length,
    documents,
    digest: hash("md5", JSON.stringify([metrics, trace, mapping.checkpoints])),
  };
}

/** A function that behaves at random, and tells the ledger what it has accepted. */
function functionUnder(
  { behaviour, settings }: Plan,
  chance: Chance,
  book: ReturnType<typeof ledger>,
  poison: ReadonlySet<number>,
  clock: ReturnType<typeof virtualClock>,
  mapping: () => Mapping,
): Invoke {
  const reports = settings.functionResponseTypes!.length > 0;
  const windowed = settings.tumblingWindowInSeconds! > 0;
  const idOf = (record: KinesisEvent["Records"][number]) =>
    JSON.parse(Buffer.from(record.kinesis.data, "base64").toString()).id;

  return async (event, { awsRequestId }) => {
    book.delivered(event, awsRequestId);
    book.checkpoints(mapping().checkpoints);
    if (chance.happens(behaviour.slow)) await clock.sleep(chance.between(1, 4000));
    if (chance.happens(behaviour.throttles)) {
      throw Object.assign(new Error("Rate exceeded"), { name: "TooManyRequestsException" });
    }
    book.attempted(awsRequestId);
    if (chance.happens(behaviour.throws)) throw new Error("failed at random");
    const size = event.Records.length;
    const state = windowed && { state: { seen: Number(event.state?.seen ?? 0) + size } };
    if (chance.happens(behaviour.junk)) {
      if (!reports) book.accepted(event, size);
      return { ...state, batchItemFailures: [{ itemIdentifier: chance.oneOf(["", null, "17"]) }] };
    }
    const poisoned = event.Records.findIndex((record) => poison.has(idOf(record)));
    let failing = poisoned;
    if (size > 0 && chance.happens(behaviour.partial)) {
      const random = chance.between(0, size - 1);
      failing = poisoned < 0 ? random : Math.min(poisoned, random);
    }
    if (failing < 0) {
      book.accepted(event, size);
      return { ...state };
    }
    if (!reports) throw new Error(`record ${idOf(event.Records[failing]!)} failed`);
    const { sequenceNumber } = event.Records[failing]!.kinesis;
    const first = event.Records.findIndex((one) => one.kinesis.sequenceNumber === sequenceNumber);
    book.accepted(event, first);
    return { ...state, batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
  };
}

const openShards = (kinesis: Kinesis) =>
  kinesis
    .listShards({ stream, filter: { type: "AT_LATEST" } })
    .map((shard) => ({ shard, start: BigInt(shard.hashKeyRange.startingHashKey) }))
    .sort((a, b) => (a.start < b.start ? -1 : 1))
    .map(({ shard }) => shard);

function groupByShard<R extends { readonly partitionKey: string }>(
  kinesis: Kinesis,
  records: readonly R[],
): R[][] {
  const owner = (record: R): Shard =>
    openShards(kinesis).findLast(
      ({ hashKeyRange }) => BigInt(hashKeyRange.startingHashKey) <= effectiveHashKey(record),
    )!;
  return [...Map.groupBy(records, (record) => owner(record).shardId).values()];
}

function split(kinesis: Kinesis, choice: number): void {
  const open = openShards(kinesis);
  if (open.length > 6) return;
  const { shardId, hashKeyRange } = open[choice % open.length]!;
  const [start, end] = [BigInt(hashKeyRange.startingHashKey), BigInt(hashKeyRange.endingHashKey)];
  const newStartingHashKey = String((start + end) / 2n);
  kinesis.splitShard({ stream, shardToSplit: shardId, newStartingHashKey });
}

function merge(kinesis: Kinesis, choice: number): void {
  const open = openShards(kinesis);
  if (open.length < 2) return;
  const at = choice % (open.length - 1);
  const [shardToMerge, adjacentShardToMerge] = [open[at]!.shardId, open[at + 1]!.shardId];
  kinesis.mergeShards({ stream, shardToMerge, adjacentShardToMerge });
}
