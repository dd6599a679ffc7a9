/** A local Kinesis in a thread of its own: `open` has 16 shards and takes whatever comes, `full` is one shard with its limits. */
import { parentPort } from "node:worker_threads";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";

const endpointOf = async (shards: number, limits: boolean) => {
  const kinesis = createKinesis({ limits });
  kinesis.createStream({ name: "orders", shards });
  return (await createKinesisServer({ kinesis, limits })).endpoint;
};

parentPort!.postMessage({ open: await endpointOf(16, false), full: await endpointOf(1, true) });
