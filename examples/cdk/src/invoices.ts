/** Writes invoices, many orders at once. Where progress is kept, the handler says; the test keeps it in memory. */
import { type BatchRecord, json } from "shardmill";
import { z } from "zod";

const Order = z.object({ id: z.string(), customer: z.string(), total: z.number() });
type Order = z.infer<typeof Order>;

export const invoices = {
  consumer: "invoices",
  decode: json(Order),
  /** Two records with one id are one order: a producer that had no reply puts it again. */
  uniqueId: (order: Order) => order.id,
  /** Then the order is parked, and its shard moves on. `shardmill redrive` brings it back. */
  maxAttempts: 5,
  /** Of one call: what is behind you may take no more. */
  maxItems: 100,
  /** Throws where nothing was written, or returns those that were not: `{ failed: [{ record, error }] }`. */
  processBatch(orders: readonly BatchRecord<Order>[]) {
    const total = orders.reduce((sum, { value }) => sum + value.total, 0);
    console.log(`invoices over ${total}: ${orders.map(({ value }) => value.id).join(", ")}`);
  },
};
