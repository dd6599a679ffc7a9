/** A local Kinesis in a thread of its own, whose streams are made and filled when they are asked for. */
import { parentPort } from "node:worker_threads";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { aggregate } from "../../src/kpl.ts";

/** What it is asked: to make a stream, or to put so many records of 100 B into each of its shards, so many in an aggregate. */
export type Order =
  | { readonly make: string; readonly shards: number }
  | { readonly fill: string; readonly perShard: number; readonly together: number };

const kinesis = createKinesis();
// The KCL speaks TLS to a port that may be both.
const server = await createKinesisServer({ kinesis, tls: true });

function fill({ fill: stream, perShard, together }: Extract<Order, { fill: string }>): void {
  const data = Buffer.alloc(100, "x");
  for (const { hashKeyRange } of kinesis.listShards({ stream })) {
    const explicitHashKey = hashKeyRange.startingHashKey;
    for (let left = perShard; left > 0; left -= together) {
      const records = Array.from({ length: together }, (_, at) => ({
        partitionKey: `key-${at}`,
        explicitHashKey,
        data,
      }));
      const packed = together === 1 ? records[0]! : aggregate(records);
      kinesis.putRecord({ stream, ...packed, explicitHashKey });
    }
  }
}

parentPort!.on("message", (order: Order) => {
  if ("make" in order) kinesis.createStream({ name: order.make, shards: order.shards });
  else fill(order);
  parentPort!.postMessage("done");
});
parentPort!.postMessage(server.port);
