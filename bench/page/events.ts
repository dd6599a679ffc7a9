/** A run's events as `dev` tells them: 8 shards, batches of 100, each tenth failed and halved. */
import type { DevEvent } from "../../packages/cli/src/events/dev-event.ts";

const shards = 8;
const batchSize = 100;

/** As Kinesis writes them: the index of the record in its shard stands in the middle. */
const sequenceNumber = (index: number) =>
  ((2n << 184n) | (1_795_969_052n << 148n) | (BigInt(index) << 80n) | 2n).toString();

/** Returns what gives the next event, at a time. */
export function eventsOfARun(): (at: number) => DevEvent {
  let n = 0;
  let queue: DevEvent[] = [];

  function batchAt(at: number): DevEvent[] {
    const batch = n++;
    const shardId = `shardId-${String(batch % shards).padStart(12, "0")}`;
    const of = { functionName: "orders", stream: "orders", shardId, requestId: `request ${batch}` };
    const first = Math.floor(batch / shards) * batchSize;
    const hasFailed = batch % 10 === 0;
    const last = sequenceNumber(first + batchSize);
    const put: DevEvent = {
      ...{ type: "put", stream: "orders", shardId, at, records: batchSize, bytes: 20_000 },
      ...{ throttled: 0, first: sequenceNumber(first + 1), last },
      keys: [1, 2, 3].map((key) => ({ partitionKey: `customer ${batch % 97} ${key}`, records: 3 })),
      heat: { [(batch * 37) % 256]: batchSize },
    };
    const delivery: DevEvent = {
      ...{ type: "batch", ...of, at, batchSize, attempt: 1, duration: 20, iteratorAge: 30 },
      outcome: hasFailed ? "failure" : "success",
      ...(batch % 10 === 1 && { parent: `request ${batch - 1}` }),
      ...(hasFailed && { error: { type: "TypeError", message: "no stock" } }),
      next: { step: hasFailed ? "halves" : "done" },
      ...{ response: { batchItemFailures: [] }, sequenceNumbers: [last] },
    };
    return [
      put,
      { type: "delivering", ...of, at, records: batchSize, firstSequenceNumber: last },
      {
        ...{ type: "log", at, functionName: "orders", requestId: of.requestId, stream: "stdout" },
        ...{ environmentId: "one", line: `shipping ${batch}` },
      },
      delivery,
      { type: "checkpoint", ...of, at, sequenceNumber: last, behind: 0 },
    ];
  }

  return (at) => {
    if (queue.length === 0) queue = batchAt(at);
    return queue.shift()!;
  };
}
