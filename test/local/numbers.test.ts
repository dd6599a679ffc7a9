/** A number that a simulator cannot use is refused when it is made: unchecked, a rate of 5 or NaN is no failure at all, and nobody hears of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { openKinesis } from "../../packages/local/src/kinesis/durable/open.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/server.ts";
import { createEventSourceMapping } from "../../packages/local/src/lambda/mapping/index.ts";
import { createDeliveryStream, memoryBucket } from "../../packages/services/src/firehose/index.ts";
import { serveFirehose } from "../../packages/services/src/firehose/server/server.ts";

const none: readonly unknown[] = [-1, Number.NaN, "2", null];
const settings = { ExtendedS3DestinationConfiguration: {} } as never;

const delivery = (options: object) =>
  createDeliveryStream({ name: "orders", settings, bucket: memoryBucket(), ...options } as never);

describe.each<[string, (value: any) => unknown, readonly unknown[]]>([
  ["transitionMs", (transitionMs) => createKinesis({ transitionMs }), none],
  ["maxBytes", (maxBytes) => createKinesis({ maxBytes }), [...none, 0]],
  ["throttleRate", (throttleRate) => kinesis({ throttleRate }), [...none, 5]],
  ["internalFailureRate", (internalFailureRate) => kinesis({ internalFailureRate }), [...none, 5]],
  ["latencyMs", (latencyMs) => kinesis({ latencyMs }), none],
  ["throttleRate", (throttleRate) => firehose({ throttleRate }), [...none, 5]],
  ["latencyMs", (latencyMs) => firehose({ latencyMs }), none],
  [
    "maxBodyBytes",
    (maxBodyBytes) => createKinesisServer({ kinesis: createKinesis(), maxBodyBytes }),
    [...none, 0],
  ],
  ["expireEveryMs", (expireEveryMs) => createDynamoDb({ expireEveryMs }), [...none, 0]],
  ["transitionMs", (transitionMs) => mapping({ transitionMs }), none],
  ["segmentBytes", durable, [...none, 0]],
  ["longestWaitMs", (longestWaitMs) => delivery({ longestWaitMs }), none],
  ["activePartitions", (activePartitions) => delivery({ activePartitions }), [...none, 0, 1.5]],
])("%s", (option, make, values) => {
  it.each(values.map((value) => [value]))("may not be %s", async (value) => {
    await expect((async () => make(value))()).rejects.toThrow(
      new RegExp(`${option} must be a (whole )?number from \\d+( to \\d+)?; it is .+\\.$`),
    );
  });
});

function kinesis(fault: object) {
  return createKinesisServer({ kinesis: createKinesis(), faults: { PutRecords: fault } });
}

function mapping(options: object) {
  const kinesis = createKinesis();
  kinesis.createStream({ name: "orders", shards: 1 });
  return createEventSourceMapping({ kinesis, stream: "orders", invoke() {}, ...options });
}

function firehose(fault: object) {
  return serveFirehose({ faults: { PutRecordBatch: fault } } as never);
}

async function durable(segmentBytes: number): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "numbers-"));
  try {
    await openKinesis({ data, segmentBytes });
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
