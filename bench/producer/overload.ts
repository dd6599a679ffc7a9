/** In a process of its own, so that what it holds can be seen: for five seconds 2,000 records a second, one by one, into a shard that takes 1,000; all of them are put in the end. */
import { setTimeout as sleep } from "node:timers/promises";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { kinesisProducer } from "../../src/producer.ts";

const [, , endpoint = ""] = process.argv;
const offers = 10_000;
const client = new KinesisClient({
  ...{ endpoint, region: "us-east-1", maxAttempts: 1 },
  credentials: { accessKeyId: "any", secretAccessKey: "any" },
});
let [sent, refused] = [0, 0];
const producer = kinesisProducer({
  ...{ stream: "orders", client, aggregation: false, order: "none" },
  maxOutstanding: { records: offers },
  on(event) {
    if (event.type === "request") sent += event.entries;
    if (event.type === "refused") refused++;
  },
});
const before = process.memoryUsage().rss;
let rss = before;
let offered = 0;
for (const begun = performance.now(); offered < offers; ) {
  const due = Math.min(offers, Math.floor((performance.now() - begun) * 2));
  for (; offered < due; offered++) {
    void producer.put({ partitionKey: `key-${offered % 1000}`, data: Buffer.alloc(100, offered) });
  }
  rss = Math.max(rss, process.memoryUsage().rss);
  await sleep(5);
}
const { failed } = await producer.close();
if (failed > 0) throw new Error(`${failed} records were not put.`);
rss = Math.max(rss, process.memoryUsage().rss);
client.destroy();
console.log(JSON.stringify({ sent, refused, rss, more: rss - before }));
