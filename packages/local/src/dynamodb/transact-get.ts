import { type DynaliteStore, Refused, refuse } from "./dynalite-store.ts";
import type { Item } from "./engine.ts";
import {
  type Cost,
  cancelled,
  type Reason,
  refuseDuplicates,
  type Transacted,
  totalCost,
  transacted,
  transactItems,
} from "./transaction.ts";
import type { Input } from "./types.ts";
import { readUnits } from "./units.ts";

/**
 * TransactGetItems, made of single reads. Whoever calls it is alone with the store, so that all
 * reads see the same moment.
 */
export async function transactGet(store: DynaliteStore, input: Input): Promise<Transacted> {
  const gets = [];
  for (const { Get } of transactItems(input)) {
    if (!Get) {
      return refuse(
        "ValidationException",
        "Invalid Request: TransactGetRequest should contain a Get request",
      );
    }
    const parsed = store.parse("GetItem", Get);
    const table = await store.table(parsed.TableName as string);
    gets.push({ parsed, table, key: parsed.Key as Item });
  }
  refuseDuplicates(gets);

  const responses: { Item?: unknown }[] = [];
  const reasons: Reason[] = [];
  const costs: Cost[] = [];
  for (const { parsed, table, key } of gets) {
    try {
      const { Item } = await store.perform("GetItem", parsed);
      const whole = await store.read(table.name, key);
      responses.push(Item ? { Item } : {});
      reasons.push({ Code: "None" });
      costs.push({ table, units: readUnits(whole ? store.sizeOf(whole) : 0) });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      reasons.push({ Code: "ValidationError", Message: error.message });
    }
  }
  const consumed = totalCost(costs, "read");
  if (responses.length < gets.length) throw cancelled(reasons, consumed);
  return transacted(input, { Responses: responses }, consumed);
}
