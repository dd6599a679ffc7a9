/** What the user gives beside `process`: a decoder, ids, and what may be tried again; each may do what an effect may do. */
import type { PutRecord } from "./book.ts";
import { type Environment, never } from "./environment.ts";
import type { ConsumerSetup, PlannedRecord } from "./scenario.ts";
import { idText } from "./setup.ts";
import type { World } from "./world.ts";

interface Value {
  readonly n: number;
  readonly uid?: string;
}

export function userFunctions(world: World, environment: Environment, setup: ConsumerSetup) {
  const { book } = world;
  const { concurrency, timeoutMs } = world.scenario.host;
  const { park } = setup;

  /** What the record does to whoever reads it; resolves when there is nothing more to wait for. */
  function behave(record: PutRecord, where: PlannedRecord["where"]): Promise<void> | undefined {
    const { behaviour } = record;
    if (record.where !== where || world.isCured || behaviour === undefined) return undefined;
    if (behaviour === "killer") {
      environment.kill(`killed by ${book.name(record)} in ${where}`);
      return never();
    }
    if (behaviour === "hangs") {
      book.fault(environment.id, `hangs in ${where} of ${book.name(record)}`);
      record.failures++;
      const invocation = world.current.getStore();
      if (invocation) invocation.hasHung = true;
      return environment.runtime.clock.sleep((concurrency > 1 ? 3 : 2) * timeoutMs);
    }
    const fails = typeof behaviour !== "number" || record.failures < behaviour;
    if (!fails) return undefined;
    book.fault(environment.id, `fails in ${where} of ${book.name(record)}`);
    record.failures++;
    const error = new Error(`record ${record.n} fails in ${where}`);
    world.thrown.add(error);
    throw error;
  }

  return {
    decode(data: Uint8Array): Value | Promise<Value> {
      const value = JSON.parse(Buffer.from(data).toString()) as Value;
      const pending = behave(world.recordAt(data), "decode");
      return pending ? pending.then(() => value) : value;
    },
    ...(setup.uniqueIds && {
      uniqueId(value: Value): string | undefined | Promise<string | undefined> {
        const pending = behave(book.records.get(value.n)!, "uniqueId");
        const id = idText(value.uid, setup);
        return pending ? pending.then(() => id) : id;
      },
    }),
    ...(park && {
      retryable(error: unknown): boolean | Promise<boolean> {
        const record = book.records.get((error as { readonly n?: number }).n ?? -1);
        if (record?.where !== "retryable" || world.isCured) return true;
        throw new Error(`retryable fails over ${book.name(record)}`);
      },
    }),
  };
}
