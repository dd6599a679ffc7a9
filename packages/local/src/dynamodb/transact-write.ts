import type { Clock } from "../../../../src/time/clock.ts";
import { type DynaliteStore, type DynaliteTable, Refused, refuse } from "./dynalite-store.ts";
import { type Item, refusedAs } from "./engine.ts";
import {
  cancelled,
  type Reason,
  refuseDuplicates,
  type Transacted,
  totalCost,
  transacted,
  transactItems,
} from "./transaction.ts";
import type { Input } from "./types.ts";
import { readUnits, writeUnits } from "./units.ts";

/** One action of a transaction, parsed. */
interface Action {
  /** The single write that does the same; undefined for a ConditionCheck. */
  readonly operation: "PutItem" | "UpdateItem" | "DeleteItem" | undefined;
  readonly parsed: Input;
  readonly table: DynaliteTable;
  readonly key: Item;
  readonly returnsOld: boolean;
}

/** An action performed: the item before and after, and how it ended. */
interface Performed {
  readonly action: Action;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly reason: Reason;
}

const kinds = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: undefined,
} as const;

/** How long a ClientRequestToken is remembered. */
const tokenLifeMs = 10 * 60_000;

/**
 * TransactWriteItems, made of single writes that are taken back if one of them fails. Whoever
 * calls it is alone with the store, so that nobody sees those writes meanwhile.
 */
export function transactWrite(store: DynaliteStore, clock: Clock) {
  const tokens = new Map<string, { at: number; items: string; performed: Performed[] }>();
  const isFresh = (at: number) => at + tokenLifeMs > clock.now();

  return async function transactWriteItems(input: Input): Promise<Transacted> {
    const token = input.ClientRequestToken as string | undefined;
    const items = JSON.stringify(input.TransactItems);
    const actions = await parseActions(store, input);

    const known = token === undefined ? undefined : tokens.get(token);
    if (known && isFresh(known.at)) {
      if (known.items !== items) refuse("IdempotentParameterMismatchException", "");
      return transacted(input, {}, replayCost(store, known.performed));
    }

    const performed: Performed[] = [];
    for (const action of actions) performed.push(await perform(store, action));
    const consumed = writeCost(store, performed);
    const reasons = performed.map(({ reason }) => reason);
    if (reasons.some(({ Code }) => Code !== "None")) {
      for (const one of performed) await undo(store, one);
      throw cancelled(reasons, consumed);
    }
    if (token !== undefined) {
      for (const [old, { at }] of tokens) if (!isFresh(at)) tokens.delete(old);
      tokens.set(token, { at: clock.now(), items, performed });
    }
    return transacted(input, {}, consumed);
  };
}

async function parseActions(store: DynaliteStore, input: Input): Promise<Action[]> {
  const actions: Action[] = [];
  for (const item of transactItems(input)) {
    const [kind, another] = Object.keys(kinds).filter((kind) => item[kind] != null);
    if (kind === undefined) {
      return refuse(
        "ValidationException",
        "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
      );
    }
    if (another !== undefined) {
      refuse(
        "ValidationException",
        "TransactItems can only contain one of Check, Put, Update or Delete",
      );
    }
    const position = actions.length + 1;
    actions.push(await parseAction(store, kind as keyof typeof kinds, item[kind]!, position));
  }
  refuseDuplicates(actions);
  return actions;
}

async function parseAction(
  store: DynaliteStore,
  kind: keyof typeof kinds,
  { ReturnValuesOnConditionCheckFailure, ...request }: Input,
  position: number,
): Promise<Action> {
  if (kind === "ConditionCheck" && request.ConditionExpression == null) {
    refuse(
      "ValidationException",
      `1 validation error detected: Value null at 'transactItems.${position}.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null`,
    );
  }
  // A check is a delete that stops after its condition.
  const parsed = store.parse(kinds[kind] ?? "DeleteItem", request);
  const table = await store.table(parsed.TableName as string);
  return {
    operation: kinds[kind],
    parsed,
    table,
    // A copy: dynalite makes the new item out of the key that an update names.
    key: kind === "Put" ? table.keyOf(parsed.Item as Item) : { ...(parsed.Key as Item) },
    returnsOld: ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}

async function perform(store: DynaliteStore, action: Action): Promise<Performed> {
  const { operation, parsed, table, key, returnsOld } = action;
  let before: Item | undefined;
  try {
    table.identify(key);
    before = await store.read(table.name, key);
    if (operation) await store.perform(operation, parsed);
    else store.checkCondition(parsed, before);
    const after = operation ? await store.read(table.name, key) : before;
    return { action, before, after, reason: { Code: "None" } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const reason: Reason =
      refusedAs(error.answer) === "ConditionalCheckFailedException"
        ? {
            Code: "ConditionalCheckFailed",
            Message: error.message,
            ...(returnsOld && before && { Item: before }),
          }
        : { Code: "ValidationError", Message: error.message };
    return { action, before, after: before, reason };
  }
}

async function undo(store: DynaliteStore, { action, before, reason }: Performed): Promise<void> {
  if (reason.Code !== "None" || !action.operation) return;
  const TableName = action.table.name;
  const [operation, request] = before
    ? ["PutItem", { TableName, Item: before }]
    : ["DeleteItem", { TableName, Key: action.key }];
  await store.perform(operation, store.parse(operation, request));
}

const sizeOf = (store: DynaliteStore, item: Item | undefined) => (item ? store.sizeOf(item) : 0);

function writeCost(store: DynaliteStore, performed: readonly Performed[]) {
  const costs = performed.map(({ action, before, after }) => ({
    table: action.table,
    units: writeUnits(sizeOf(store, before), sizeOf(store, after)),
  }));
  return totalCost(costs, "write");
}

/** A repeated call only reads the items. */
function replayCost(store: DynaliteStore, performed: readonly Performed[]) {
  const costs = performed.map(({ action, after }) => ({
    table: action.table,
    units: readUnits(sizeOf(store, after)),
  }));
  return totalCost(costs, "read");
}
