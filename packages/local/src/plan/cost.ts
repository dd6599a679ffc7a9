/** What a month costs: Kinesis in both modes, Lambda, and the progress in DynamoDB. */
import type { Choice } from "./choose.ts";
import type { Load } from "./load.ts";
import type { Prices } from "./prices.ts";
import type { Queue } from "./simulate.ts";
import type { Wishes } from "./wishes.ts";

/** In the currency of the prices. */
export interface MonthlyCost {
  readonly kinesis: {
    readonly provisioned: number;
    readonly onDemand: number;
    /** The cheaper one. */
    readonly mode: "provisioned" | "on-demand";
  };
  readonly lambda: { readonly requests: number; readonly duration: number };
  readonly dynamodb: { readonly writes: number; readonly reads: number; readonly storage: number };
  /** With the cheaper mode of Kinesis. */
  readonly total: number;
}

const hours = 730;
const seconds = hours * 3600;
const gigabyte = 1024 ** 3;
/** What the runtime keeps: retention of 168 hours and two days. */
const keptSeconds = 9 * 86_400;
/** No environment reads more of a log than its window. */
const windowSeconds = 900;

export function monthlyCost(
  load: Load,
  wishes: Wishes,
  { shards, parallelizationFactor }: Pick<Choice, "shards" | "parallelizationFactor">,
  queue: Queue,
  prices: Prices,
): MonthlyCost {
  const kinesis = kinesisCost(load, wishes, shards, prices);
  const invocations = load.recordsPerSecond / Math.max(1, queue.recordsPerInvocation);
  const lambda = lambdaCost(invocations, queue.invocationMs, wishes.memoryMb, prices);
  const environments = Math.min(
    shards * parallelizationFactor,
    Math.max(1, (invocations * queue.invocationMs) / 1000),
  );
  const dynamodb = wishes.progress
    ? progressCost(queue.recordsPerInvocation, { invocations, environments, shards }, prices)
    : { writes: 0, reads: 0, storage: 0 };
  const total =
    Math.min(kinesis.provisioned, kinesis.onDemand) +
    sum(Object.values(lambda)) +
    sum(Object.values(dynamodb));
  return { kinesis, lambda, dynamodb, total };
}

function kinesisCost(
  { recordsPerSecond, bytes, perAggregate }: Load,
  { fanOut, sharedConsumers }: Wishes,
  shards: number,
  { kinesis: price }: Prices,
): MonthlyCost["kinesis"] {
  const records = (recordsPerSecond / perAggregate) * seconds;
  const size = bytes * perAggregate;
  const gigabytes = (records * size) / gigabyte;
  const payloadUnits = records * Math.ceil(size / price.payloadUnitBytes);
  const provisioned =
    shards * hours * price.shardHour +
    (payloadUnits / 1e6) * price.millionPayloadUnits +
    (fanOut ? shards * hours * price.fanOutShardHour + gigabytes * price.fanOutGigabyte : 0);
  // On demand each record counts as whole KiB.
  const gigabytesIn = (records * Math.ceil(size / 1024) * 1024) / gigabyte;
  const onDemand =
    hours * price.onDemandStreamHour +
    gigabytesIn * price.onDemandGigabyteIn +
    gigabytes * sharedConsumers * (fanOut ? 0 : price.onDemandGigabyteOut) +
    (fanOut ? gigabytes * price.onDemandFanOutGigabyte : 0);
  return { provisioned, onDemand, mode: provisioned <= onDemand ? "provisioned" : "on-demand" };
}

function lambdaCost(
  invocations: number,
  ms: number,
  memoryMb: number,
  { lambda: price }: Prices,
): MonthlyCost["lambda"] {
  const requests = ((invocations * seconds) / 1e6) * price.millionRequests;
  const gigabyteSeconds = invocations * seconds * (Math.ceil(ms) / 1000) * (memoryMb / 1024);
  let duration = 0;
  let billed = 0;
  for (const { upTo = Number.POSITIVE_INFINITY, each } of price.gigabyteSeconds) {
    const inTier = Math.max(0, Math.min(gigabyteSeconds, upTo) - billed);
    duration += inTier * each;
    billed += inTier;
  }
  return { requests, duration };
}

/**
 * By the formula in docs/progress.md: a query and a put for each batch. A query reads what other
 * environments have appended to its shard's log since this one came there last.
 */
export function progressUnits(
  records: number,
  {
    environments,
    batchesPerSecond = 0,
  }: { readonly environments: number; readonly batchesPerSecond?: number },
): { readonly write: number; readonly read: number; readonly bytes: number } {
  const bytes = 300 + 16 * records;
  const inWindow =
    batchesPerSecond > 0 ? batchesPerSecond * windowSeconds : Number.POSITIVE_INFINITY;
  const byOthers = Math.min(environments - 1, inWindow);
  // A fold restates 256 entries of fewer than 25 names.
  const fold = records < 25 ? Math.ceil((300 + 16 * 256 * records) / 1024) / 256 : 0;
  return {
    write: Math.ceil(bytes / 1024) + fold,
    read: Math.max(1, Math.ceil((byOthers * bytes) / 4096)),
    bytes: bytes + (records < 25 ? 16 * records : 0),
  };
}

function progressCost(
  records: number,
  {
    invocations,
    environments,
    shards,
  }: { invocations: number; environments: number; shards: number },
  { dynamodb: price }: Prices,
): MonthlyCost["dynamodb"] {
  const units = progressUnits(records, { environments, batchesPerSecond: invocations / shards });
  const batches = (invocations * seconds) / 1e6;
  return {
    writes: batches * units.write * price.millionWriteUnits,
    reads: batches * units.read * price.millionReadUnits,
    storage: ((invocations * units.bytes * keptSeconds) / gigabyte) * price.storedGigabyteMonth,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
