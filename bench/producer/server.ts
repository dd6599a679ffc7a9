/** A local Kinesis in a thread of its own: `open` has 16 shards and takes whatever comes, `full` is one shard with its limits. */
import { parentPort } from "node:worker_threads";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";

const portOf = async (shards: number, limits: boolean) => {
  const kinesis = createKinesis({ limits });
  kinesis.createStream({ name: "orders", shards });
  // The KPL speaks TLS alone.
  return (await createKinesisServer({ kinesis, limits, tls: true })).port;
};

parentPort!.postMessage({ open: await portOf(16, false), full: await portOf(1, true) });
