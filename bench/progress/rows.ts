/** What progress costs, beside Powertools' idempotency in the same run. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { dynamodbProgress } from "../../src/dynamodb.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { fakeDynamoDb } from "../../test/faults/store/fake-dynamodb.ts";
import { allDone, type Row, type RowSet, race, timesAsLong } from "../harness.ts";
import { historyRows } from "./history.ts";
import { limits } from "./limits.ts";
import {
  clientOf,
  coldStart,
  environment,
  eventFrom,
  placementCost,
  redeliveryCost,
  startDynamoDb,
  warmCost,
} from "./ours.ts";
import { peerTable, powertoolsHandler } from "./powertools.ts";

export const progress: RowSet = { name: "progress", rows };

async function* rows(): AsyncGenerator<Row> {
  for (const { batchSize, records, ...limit } of limits.warm) {
    const { requests, write, read } = await warmCost(batchSize, records);
    const name = `per 1,000 records, batches of ${batchSize}`;
    yield { name, values: { requests, write, read }, limits: limit };
  }
  yield await peerCost();

  const placed = await placementCost(20, 20);
  const name = "the same, 1,000, 20 shards at random in 20 environments";
  yield { name, values: { ...placed }, limits: limits.placed };

  const { repeated, requests, write, read } = await redeliveryCost(1000);
  yield {
    name: "1,000 records again, in another environment",
    values: { effects: repeated, requests, write, read },
    limits: { effects: 0, requests: limits.again.reads + limits.again.writes },
  };

  for (const batchSize of limits.cold.batchSizes) {
    const { pages, bytes } = await coldStart(pagedStore(), batchSize, 100_000);
    yield {
      name: `a cold start on 100,000 names, batches of ${batchSize}`,
      values: { pages, bytes },
      limits: { pages: limits.cold.pages, bytes: limits.cold.bytes },
    };
  }
  yield* historyRows();
  yield await wallTime();
}

/** DynamoDB's own rules for pages, without its pace: the log has up to 100,000 entries. */
export const pagedStore = () =>
  dynamodbProgress({
    tableName: "progress",
    client: fakeDynamoDb({
      clock: virtualClock(),
      random: seededRandom(1),
      tables: { progress: { sortKey: "sk" } },
      translateConfig: { marshallOptions: { removeUndefinedValues: true } },
    }),
  });

async function peerCost(): Promise<Row> {
  const { db, client } = await startDynamoDb();
  await db.createTable({ name: peerTable, partitionKey: "id" });
  const handler = powertoolsHandler(client);
  for (let from = 0; from < 1000; from += 100) await allDone(handler(eventFrom(from, 100)));
  const { requests, write, read } = db.costs()[peerTable]!;
  client.destroy();
  await db.close();
  return { name: "Powertools idempotency, whatever the batch", values: { requests, write, read } };
}

const records = 10_000;

async function wallTime(): Promise<Row> {
  const server = fork(new URL("dynamodb.ts", import.meta.url));
  const [endpoint] = await once(server, "message");
  const client = clientOf(endpoint);
  const [ours, peer] = [environment(client, "wall"), powertoolsHandler(client)];
  let next = 0;
  const run =
    (handler: (event: ReturnType<typeof eventFrom>) => Promise<unknown>, count: number) =>
    async () => {
      const events = Array.from({ length: count / 100 }, (_, batch) =>
        eventFrom(next + 100 * batch, 100),
      );
      next += count;
      const begun = performance.now();
      for (const event of events) await allDone(handler(event));
      return performance.now() - begun;
    };
  await run(ours, 1000)();
  await run(peer, 1000)();
  const times = await race(
    { shardmill: run(ours, records), powertools: run(peer, records) },
    { rounds: 3, warmUps: 0 },
  );
  client.destroy();
  server.disconnect();
  const spread = ({ lowestMs, highestMs }: (typeof times)["shardmill"]) =>
    `${Math.round(lowestMs)}–${Math.round(highestMs)}`;
  return {
    name: "10,000 records, batches of 100, an empty effect",
    peer: "Powertools batch + idempotency, same table",
    values: {
      "shardmill ms": times.shardmill.medianMs,
      "(spread)": spread(times.shardmill),
      "Powertools ms": times.powertools.medianMs,
      "(its spread)": spread(times.powertools),
      ratio: timesAsLong(times.powertools, times.shardmill),
    },
    atLeast: { ratio: limits.ratio },
  };
}
