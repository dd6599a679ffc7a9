/** How the records of a put are spread over time: requests that are answered at once, under a clock that the test moves. */
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { expect, it } from "vitest";
import { startProducer } from "../../../packages/cli/src/put/producer.ts";
import { deaggregate } from "../../../src/kpl.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { evenShards, type Sent, taken } from "../../producer/fake.ts";

it.each([
  ["plain", false],
  ["in aggregates, whose records count", true],
])("a put keeps to its rate at every moment, %s", async (_, aggregate) => {
  const clock = virtualClock({ patience: 1 });
  const begin = clock.now();
  const requests: { readonly atMs: number; readonly records: number }[] = [];
  const client = {
    async send({ input }: { input: { Records?: Sent[] } }) {
      if (!input.Records) return { Shards: evenShards(1) };
      const records = input.Records.flatMap<unknown>(
        ({ Data }) => deaggregate(Data) ?? [Data],
      ).length;
      requests.push({ atMs: clock.now() - begin, records });
      return { Records: input.Records.map((_, place) => taken(place)) };
    },
  } as unknown as KinesisClient;
  const producer = startProducer({
    ...{ stream: "orders", client, largestRecord: 1024, aggregate, unordered: false },
    ...{ rate: 50, concurrency: 1, giveUpAfterMs: 1000, clock, random: seededRandom(1) },
  });
  const putting = (async () => {
    for (let n = 0; n < 100; n++) {
      const source = { file: "-", line: n, column: undefined, end: 0 };
      const record = { data: Buffer.from("x"), source };
      await producer.put({ record, partitionKey: `k${n}`, ticket: { isPut: false } } as never);
    }
    await producer.end();
  })();
  await clock.advance(3000);
  await putting;
  expect(requests.length).toBeGreaterThanOrEqual(20);
  let sum = 0;
  for (const { atMs, records } of requests) {
    sum += records;
    // A tenth of a second's records go together.
    expect(records).toBeLessThanOrEqual(5);
    expect(sum).toBeLessThanOrEqual(5 + (50 * atMs) / 1000);
  }
  expect(sum).toBe(100);
});
