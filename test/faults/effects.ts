/** The user's function: what each record does to it, and when its effect happens. */
import type { BatchContext, BatchRecord, ProcessContext, UserRecord } from "../../src/index.ts";
import type { PutRecord } from "./book.ts";
import { type Environment, never } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import { idsOf } from "./progress-seam.ts";
import type { ConsumerSetup } from "./scenario.ts";
import type { World } from "./world.ts";

interface Run {
  readonly record: PutRecord;
  readonly invocation: Invocation;
}

export const effectsTable = "effects";

export function workOf(world: World, environment: Environment, setup: ConsumerSetup) {
  const { book, checker, chance, scenario } = world;
  const { concurrency, effectMs, timeoutMs } = scenario.host;
  const { work } = setup;
  const isTransactional = work === "commitWith";

  function begin(record: PutRecord, attempt: number): Run {
    const invocation = world.current.getStore()!;
    record.runs++;
    invocation.hasActed = true;
    invocation.running.add(record.n);
    book.tell(environment.id, () => `begins ${book.name(record)}, attempt ${attempt}`);
    checker.begins(record, invocation, attempt);
    return { record, invocation };
  }

  /** Resolves when the effect should happen; rejects when the record fails. */
  async function live({ record, invocation }: Run, signal: AbortSignal): Promise<void> {
    const isHere = record.where === undefined || record.where === "retryable";
    const behaviour = isHere && !world.isCured ? record.behaviour : undefined;
    if (behaviour === "killer") {
      environment.kill(`killed by ${book.name(record)}`);
      await never();
    }
    try {
      if (behaviour === "hangs" || world.happens("hangs")) {
        book.fault(environment.id, `hangs in ${book.name(record)}`);
        record.failures++;
        invocation.hasHung = true;
        // What runs beside it may take as long as it has taken so far.
        await environment.runtime.clock.sleep((concurrency > 1 ? 3 : 2) * timeoutMs);
        return;
      }
      const [fastest, slowest] = effectMs;
      const ms = slowest > 0 ? chance.between(fastest, slowest) : 0;
      await environment.cross("effect", () =>
        ms > 0 ? world.clock.sleep(ms, signal) : Promise.resolve(),
      );
    } catch (error) {
      invocation.running.delete(record.n);
      throw error;
    }
    if (behaviour === "final") throw new world.program.NonRetryableError("nothing will help");
    const fails =
      behaviour === "poison" ||
      (typeof behaviour === "number" && record.failures < behaviour) ||
      world.outages > 0 ||
      world.happens("throws");
    if (!fails) return;
    throw Object.assign(new Error(`record ${record.n} fails`), { n: record.n });
  }

  function fail({ record, invocation }: Run, error: unknown): unknown {
    invocation.running.delete(record.n);
    world.thrown.add(error as object);
    if ((error as Error).name !== "AbortError") {
      book.fault(environment.id, `fails ${book.name(record)}`);
      record.failures++;
    }
    return error;
  }

  const happen = ({ record, invocation }: Run) =>
    environment.cross("effect", async () => {
      invocation.running.delete(record.n);
      book.tell(environment.id, () => `has the effect of ${book.name(record)}`);
      checker.effect(record, invocation);
    });

  async function process(_value: unknown, { data }: UserRecord, context: ProcessContext) {
    if (environment.isDead) return never();
    const run = begin(world.recordAt(data), context.attempt);
    try {
      await live(run, context.signal);
    } catch (error) {
      throw fail(run, error);
    }
    if (!isTransactional) return happen(run);
    run.invocation.running.delete(run.record.n);
    return world.program.commitWith(...writesOf(run.record));
  }

  /** Fails, all or by name, before any effect happens. What stands behind a failure fails with it. */
  async function processBatch(records: readonly BatchRecord<unknown>[], { signal }: BatchContext) {
    if (environment.isDead) return never();
    const failed: { record: BatchRecord<unknown>; error: unknown }[] = [];
    const runs: Run[] = [];
    const broken = new Set<string>();
    for (const each of records) {
      if (environment.isDead) return never();
      const run = begin(world.recordAt(each.record.data), each.attempt);
      const lane = laneOf(run.record);
      try {
        if (lane !== undefined && broken.has(lane)) throw new Error("another failed before it");
        await live(run, signal);
        runs.push(run);
      } catch (error) {
        if (records.length > 1 && chance.happens(0.3)) {
          // Thrown, it counts for nobody yet: the records come again in halves.
          for (const { record, invocation } of [...runs, run]) invocation.running.delete(record.n);
          throw error;
        }
        if (lane !== undefined) broken.add(lane);
        failed.push({ record: each, error: fail(run, error) });
      }
    }
    for (const run of runs) await happen(run);
    return failed.length > 0 ? { failed } : undefined;
  }

  function laneOf({ key, shardId }: PutRecord): string | undefined {
    const { order } = setup;
    return order === "none" ? undefined : order === "shard" ? shardId : key;
  }

  if (work === "processBatch") return { processBatch };
  if (work !== "onceStreamWide") return { process };
  return { process: world.program.onceStreamWide(idsOf(world, environment), process) };
}

/** One item counts the record, another keeps the order of its key. */
function writesOf({ n, key }: PutRecord) {
  return [
    {
      Update: {
        TableName: effectsTable,
        Key: { pk: `record ${n}` },
        UpdateExpression: "ADD #times :one",
        ExpressionAttributeNames: { "#times": "times" },
        ExpressionAttributeValues: { ":one": 1 },
      },
    },
    {
      Update: {
        TableName: effectsTable,
        Key: { pk: `key ${key}` },
        UpdateExpression: "SET #order = list_append(if_not_exists(#order, :none), :n)",
        ExpressionAttributeNames: { "#order": "order" },
        ExpressionAttributeValues: { ":none": [], ":n": [n] },
      },
    },
  ] as const;
}
