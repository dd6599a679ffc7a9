/** What an environment keeps from one invocation to the next: the logs that it has read. */
import { logName } from "../progress/entry.ts";
import type { Ledger } from "../progress/ledger.ts";
import { recall } from "../progress/recall.ts";
import { ShardLog } from "../progress/shard-log.ts";
import { shardCreatedAt } from "../record/position.ts";
import type { Batch } from "../record/unpack.ts";
import { arrivalSecond } from "../record/user-record.ts";
import type { Memory } from "./batch-run.ts";
import type { Deadline, InvocationContext } from "./deadline.ts";
import type { Sightings } from "./lease.ts";
import type { Plan } from "./plan.ts";
import type { Runtime } from "./runtime.ts";

export interface Environment {
  /** By name; the one used last stands last. */
  readonly logs: Map<string, ShardLog>;
  readonly sightings: Sightings;
  /** What was said once. */
  readonly warned: Set<string>;
}

export const newEnvironment = (): Environment => ({
  logs: new Map(),
  sightings: new Map(),
  warned: new Set(),
});

/**
 * The log of the batch's shard, read up to its newest entry. Undefined without progress. Rejects
 * when it cannot be read: then nothing has happened yet.
 */
export async function remember<T>(
  plan: Plan<T>,
  { logs }: Environment,
  batch: Batch,
  context: InvocationContext | undefined,
  { clock, random, parentsOf = plan.progress?.parentsOf }: Runtime,
  deadline: Deadline,
): Promise<Memory | undefined> {
  const first = batch.records[0];
  if (!plan.progress || !parentsOf || !first) return undefined;
  const { streamArn, shardId, fanOut } = batch;
  const ledger: Ledger = {
    store: plan.progress,
    parentsOf,
    windowInSeconds: plan.dedupeWindowInSeconds,
    keepInSeconds: plan.keepInSeconds,
    writer: writerOf(context),
    maxBytes: plan.maxMemoryBytes,
    clock,
    random,
    remainingMs: deadline.hardRemainingMs,
  };
  const createdAt = shardCreatedAt(first.sequenceNumber);
  const source = {
    consumer: plan.consumer,
    streamArn,
    shardId,
    createdAt,
    hasIds: plan.uniqueId !== undefined,
    isFanOut: fanOut && !plan.uniqueId,
  };
  const name = logName(plan.consumer, streamArn, createdAt, shardId);
  let earliest = arrivalSecond(first);
  for (const record of batch.records) earliest = Math.min(earliest, arrivalSecond(record));
  const known = logs.get(name) ?? new ShardLog(name, source.isFanOut);
  const log = await recall(known, source, earliest, ledger);
  logs.delete(name);
  logs.set(name, log);
  makeRoom(logs, log, earliest, plan.dedupeWindowInSeconds, plan.maxMemoryBytes);
  return {
    rules: plan.progress.rules,
    log,
    ledger,
    saved: new Uint8Array(batch.records.length),
    unsaved: 0,
    savedAt: clock.now(),
    saving: Promise.resolve(),
    claims: new Set(),
    lanes: new Map(),
    parkedKeys: new Set(),
  };
}

/**
 * While too much is held: forgets what the batch does not need; then shortens the window of every
 * log, which is cheaper than to read one again for each batch; at last drops logs that were not used for long.
 */
function makeRoom(
  logs: Map<string, ShardLog>,
  current: ShardLog,
  earliest: number,
  windowInSeconds: number,
  maxBytes: number,
): void {
  const held = () => [...logs.values()].reduce((sum, log) => sum + log.bytes, 0);
  if (held() <= maxBytes) return;
  current.prune(earliest - windowInSeconds);
  for (let left = windowInSeconds; left >= 1 && held() > maxBytes; left /= 2) {
    for (const log of logs.values()) {
      log.halveWindow(windowInSeconds, log === current ? earliest : undefined);
    }
  }
  for (const [name, log] of logs) {
    if (held() <= maxBytes) return;
    // What could not be saved is only here.
    if (log !== current && !log.carried) logs.delete(name);
  }
}

/** `<region>:<account>:<function name>`, without version or alias: they share their progress. */
function writerOf(context: InvocationContext | undefined): string {
  const [, , , region, account, , name] = context?.invokedFunctionArn?.split(":") ?? [];
  return name ? `${region}:${account}:${name}` : "local";
}
