/** A process that puts records for as long as it lives, and prints the numbers of those that are safe. */
import { openKinesis } from "../../../../packages/local/src/kinesis/durable/index.ts";

const kinesis = await openKinesis({ data: process.argv[2]!, segmentBytes: 100_000 });
const stream = "orders";
if (kinesis.listStreams().length === 0) kinesis.createStream({ name: stream, shards: 2 });

async function putForEver(writer: number): Promise<void> {
  for (let i = 0; ; i++) {
    const data = Buffer.alloc(200, i % 256);
    const { sequenceNumber } = kinesis.putRecord({ stream, partitionKey: `${writer} ${i}`, data });
    await kinesis.saved();
    process.stdout.write(`${sequenceNumber}\n`);
  }
}

await Promise.all([1, 2, 3, 4].map(putForEver));
