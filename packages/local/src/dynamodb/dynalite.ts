import type { Clock } from "../../../../src/time/clock.ts";
import { type DynaliteStore, dynaliteStore, Refused, refuse } from "./dynalite-store.ts";
import { type Answer, type Engine, type Item, refusedAs } from "./engine.ts";
import { createGate, type Gate } from "./gate.ts";
import { timeToLive } from "./time-to-live.ts";
import { transactGet } from "./transact-get.ts";
import { transactWrite } from "./transact-write.ts";
import type { Input } from "./types.ts";
import { writeUnits } from "./units.ts";

export interface DynaliteOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly expireEveryMs: number;
}

/**
 * dynalite with a layer for what it lacks: transactions, the item on a failed condition, and
 * time to live. Single operations share the gate; what must see or change several items at one
 * moment passes it alone.
 */
export function dynaliteEngine({ clock, expireEveryMs, ...place }: DynaliteOptions): Engine {
  const store = dynaliteStore(place);
  const gate = createGate();
  const expiry = timeToLive(store, clock);
  const write = transactWrite(store, clock);
  const deleteExpired = () => gate.alone(expiry.deleteExpired);
  const sweeps = repeatedly(clock, expireEveryMs, deleteExpired);

  async function perform(operation: string, input: Input): Promise<Omit<Answer, "status">> {
    switch (operation) {
      case "TransactWriteItems":
        return gate.alone(() => write(input));
      case "TransactGetItems":
        return gate.alone(() => transactGet(store, input));
      case "UpdateTimeToLive":
        sweeps.start();
        return { body: await gate.alone(() => expiry.update(input)) };
      case "DescribeTimeToLive":
        return { body: await gate.shared(() => expiry.describe(input)) };
      case "PutItem":
      case "UpdateItem":
      case "DeleteItem":
        return { body: await conditionalWrite(store, gate, operation, input) };
      case "CreateTable":
      case "UpdateTable":
        return { body: await gate.alone(() => changeTable(store, operation, input)) };
      case "DeleteTable":
        return {
          body: await gate.alone(async () => {
            const body = await changeTable(store, operation, input);
            expiry.forget(input.TableName as string);
            return body;
          }),
        };
      case "Query":
      case "Scan": {
        const parsed = store.parse(operation, input);
        const body = await gate.shared(() => store.perform(operation, parsed));
        return { body: withSmallestRead(parsed, body) };
      }
    }
    if (!store.has(operation)) refuse("UnknownOperationException", "");
    const parsed = store.parse(operation, input);
    return { body: await gate.shared(() => store.perform(operation, parsed)) };
  }

  return {
    name: "dynalite",
    deleteExpired,
    async call(operation, input) {
      try {
        return { status: 200, ...(await perform(operation, input)) };
      } catch (error) {
        if (error instanceof Refused) return error.answer;
        throw error;
      }
    },
    async close() {
      sweeps.stop();
      await gate.alone(() => store.close());
    },
  };
}

/** Does the work every so often, from its start on. */
function repeatedly(clock: Clock, everyMs: number, work: () => Promise<unknown>) {
  let cancel: (() => void) | undefined;
  const arm = () => {
    cancel = clock.after(everyMs, () => {
      arm();
      // What could not be deleted is tried again next time.
      work().catch(() => {});
    });
  };
  return {
    start() {
      if (!cancel && Number.isFinite(everyMs)) arm();
    },
    stop: () => cancel?.(),
  };
}

/**
 * A single write. If its condition fails, it is tried once more alone with the store: then the
 * item that is returned, and billed, is the one that failed the condition.
 */
async function conditionalWrite(
  store: DynaliteStore,
  gate: Gate,
  operation: "PutItem" | "UpdateItem" | "DeleteItem",
  input: Input,
): Promise<Record<string, unknown>> {
  const { ReturnValuesOnConditionCheckFailure: onFailure, ...request } = input;
  const parsed = store.parse(operation, request);
  const conditionFails = (error: unknown) =>
    error instanceof Refused && refusedAs(error.answer) === "ConditionalCheckFailedException";
  try {
    return withoutEmpty(await gate.shared(() => store.perform(operation, parsed)));
  } catch (error) {
    if (!conditionFails(error)) throw error;
  }
  return gate.alone(async () => {
    try {
      return withoutEmpty(await store.perform(operation, parsed));
    } catch (error) {
      if (!conditionFails(error)) throw error;
      const table = await store.table(parsed.TableName as string);
      const key = (parsed.Key as Item) ?? table.keyOf(parsed.Item as Item);
      const item = await store.read(table.name, key);
      const more = onFailure === "ALL_OLD" && item ? { Item: item } : {};
      const { answer } = error as Refused;
      const write = writeUnits(item ? store.sizeOf(item) : 0, 0);
      throw new Refused({
        ...answer,
        body: { ...answer.body, ...more },
        consumed: { [table.name]: { read: 0, write } },
      });
    }
  });
}

/** Answers only when the table has reached its new state, so that a program need not wait for it. */
async function changeTable(
  store: DynaliteStore,
  operation: string,
  input: Input,
): Promise<Record<string, unknown>> {
  const body = await store.perform(operation, store.parse(operation, input));
  const describe = () =>
    store.perform("DescribeTable", store.parse("DescribeTable", { TableName: input.TableName }));
  for (;;) {
    try {
      const { Table } = (await describe()) as { Table: TableState };
      const states = [Table, ...(Table.GlobalSecondaryIndexes ?? [])];
      if (states.every((state) => (state.TableStatus ?? state.IndexStatus) === "ACTIVE")) break;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      break;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return body;
}

interface TableState {
  readonly TableStatus?: string;
  readonly IndexStatus?: string;
  readonly GlobalSecondaryIndexes?: readonly TableState[];
}

/** DynamoDB leaves out the attributes of an update that has none to return. */
function withoutEmpty(body: Record<string, unknown>): Record<string, unknown> {
  const { Attributes, ...rest } = body;
  return Object.keys(Attributes ?? {}).length > 0 ? body : rest;
}

/** DynamoDB bills a read that finds nothing like the smallest one; dynalite bills nothing. */
function withSmallestRead(request: Input, body: Record<string, unknown>): Record<string, unknown> {
  const consumed = body.ConsumedCapacity as { readonly CapacityUnits: number } | undefined;
  if (!consumed || consumed.CapacityUnits > 0) return body;
  const CapacityUnits = request.ConsistentRead ? 1 : 0.5;
  return { ...body, ConsumedCapacity: { ...consumed, CapacityUnits } };
}
