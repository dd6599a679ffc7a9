import { json, kinesisConsumer } from "shardmill";
import { z } from "zod";

const Order = z.object({ id: z.string(), customer: z.string(), total: z.number() });

/** Without progress: KPL records, order within a partition key, partial responses; at least once. */
export const handler = kinesisConsumer({
  consumer: "notices",
  decode: json(Order),
  process: ({ customer, total }) => console.log(`a notice for ${customer}: ${total}`),
}).use({
  // It is a middy handler: any middleware goes here.
  before: ({ event }) => console.log(`${event.Records.length} records came`),
});
