/** The user's part of a windowed consumer: its windows, and the effect of a row. */

import type { ProcessContext } from "../../../src/index.ts";
import { streamView } from "../../../src/testing/stream-view.ts";
import type { RowHead } from "../../../src/windows.ts";
import { effectsTable } from "../effects.ts";
import { type Environment, never } from "../environment.ts";
import { stream } from "../producer.ts";
import type { ConsumerSetup } from "../scenario.ts";
import type { World } from "../world.ts";

export interface Value {
  readonly n: number;
}

/** What records come to. */
export interface Totals {
  readonly count: number;
  readonly total: number;
  readonly last: number;
  /** How often each remainder came: kept as inputs, since it may be large. */
  readonly remainders: readonly { readonly value: number; readonly count: number }[];
}

export type DayRow = RowHead & Totals;

/** How long a window is, or how long nothing comes between two of them. */
export const windowMs = 60_000;

export function rowsOf(world: World, environment: Environment, setup: ConsumerSetup) {
  const { book, program } = world;
  const { count, last, session, sliding, sum, topK, tumbling } = program.windows;
  const options = {
    key: ({ n }: Value) => book.records.get(n)!.key,
    aggregate: {
      count: count<Value>(),
      total: sum(({ n }: Value) => n),
      last: last(({ n }: Value) => n),
      remainders: topK(3, ({ n }: Value) => n % 3),
    },
  };
  const seconds = windowMs / 1000;
  const kinds = {
    tumbling: () => tumbling({ seconds }, options),
    session: () => session({ gapSeconds: seconds }, options),
    sliding: () => sliding({ seconds }, options),
  };
  return {
    window: kinds[setup.windows as keyof typeof kinds](),
    process: rowEffect(world, environment, setup),
    late({ n }: Value) {
      book.violate("rows", `${book.name(book.records.get(n)!)} came late, and time is of arrival`);
    },
    runtime: { ...environment.runtime, ...kinesisOf(world, environment) },
  };
}

/** The effect of a row, with all that may befall it. */
export function rowEffect(world: World, environment: Environment, setup: ConsumerSetup) {
  const { book, chance, checker, program, scenario } = world;
  const { effectMs, timeoutMs, concurrency } = scenario.host;
  return async (row: DayRow, { signal }: Pick<ProcessContext, "signal">) => {
    if (environment.isDead) return never();
    const invocation = world.current.getStore()!;
    invocation.hasActed = true;
    book.tell(environment.id, () => `begins row ${row.id}`);
    if (world.happens("hangs")) {
      book.fault(environment.id, `hangs in row ${row.id}`);
      invocation.hasHung = true;
      await environment.runtime.clock.sleep((concurrency > 1 ? 3 : 2) * timeoutMs);
    }
    const [fastest, slowest] = effectMs;
    const ms = slowest > 0 ? chance.between(fastest, slowest) : 0;
    await environment.cross("effect", () =>
      ms > 0 ? world.clock.sleep(ms, signal) : Promise.resolve(),
    );
    if (world.outages > 0 || world.happens("throws")) {
      book.fault(environment.id, `fails row ${row.id}`);
      throw new Error(`row ${row.id} fails`);
    }
    if (setup.work === "rowsInTransactions") return program.commitWith(writeOf(row));
    return environment.cross("effect", async () => {
      book.tell(environment.id, () => `has the effect of row ${row.id}`);
      checker.rows.effect(row, invocation);
    });
  };
}

/** Counts how often the row was written, and keeps what it said. */
const writeOf = ({ id, ...row }: DayRow) => ({
  Update: {
    TableName: effectsTable,
    Key: { pk: `row ${id}` },
    UpdateExpression: "SET #said = :said ADD #times :one",
    ExpressionAttributeNames: { "#times": "times", "#said": "said" },
    ExpressionAttributeValues: { ":one": 1, ":said": JSON.stringify({ id, ...row }) },
  },
});

/** Kinesis, as a flush and a child shard ask it. */
export function kinesisOf({ kinesis }: World, environment: Environment) {
  const { firstRecords, hashKeyRangeOf, shardsOf } = streamView(kinesis, stream);
  const asked =
    <A extends readonly unknown[], R>(ask: (...args: A) => Promise<R>) =>
    (...args: A) =>
      environment.cross("kinesis", () => ask(...args));
  return {
    shardsOf: asked(shardsOf),
    firstRecords: asked(firstRecords),
    hashKeyRangeOf: asked(hashKeyRangeOf),
  };
}
