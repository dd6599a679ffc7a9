/** What is done with each order. Where progress is kept, the handler says; the test keeps it in memory. */
import { json, NonRetryableError } from "shardmill";
import { z } from "zod";

const Order = z.object({ id: z.string(), customer: z.string(), total: z.number() });
type Order = z.infer<typeof Order>;

export const billing = {
  consumer: "billing",
  decode: json(Order),
  /** Two records with one id are one order: a producer that had no reply puts it again. */
  uniqueId: (order: Order) => order.id,
  /** Then the order is parked, and its shard moves on. `shardmill redrive` brings it back. */
  maxAttempts: 5,
  process({ customer, total }: Order) {
    if (total < 0) throw new NonRetryableError(`${customer} cannot pay ${total}.`);
    console.log(`${customer} pays ${total}`);
  },
};
