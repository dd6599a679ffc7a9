/** The example items in docs/progress.md are what is written. `vitest -u` writes them anew. */
import { readFile } from "node:fs/promises";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { memoryParking, NonRetryableError } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { expect, it } from "vitest";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { holdOf } from "../../src/worker/hold.ts";
import { fakeDynamoDb } from "../faults/store/fake-dynamodb.ts";
import { type WorldOptions, world } from "./world.ts";

const page = new URL("../../docs/progress.md", import.meta.url).pathname;

/** A consumer of orders whose progress is in a table, and the table's items. */
function onTable(options: WorldOptions = {}) {
  const client = fakeDynamoDb({
    clock: virtualClock(),
    random: seededRandom(1),
    tables: { progress: { sortKey: "sk" } },
    translateConfig: { marshallOptions: { removeUndefinedValues: true } },
  });
  const progress = {
    ...dynamodbProgress({ tableName: "progress", client }),
    parentsOf: async () => [],
  };
  const its = world({ ...options, consumer: { ...options.consumer, progress } });
  return {
    ...its,
    async items() {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: "progress",
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": its.logs()[0] },
        }),
      );
      return Items;
    },
  };
}

/** The items to show, by the name of their block. */
async function examples(): Promise<Record<string, object>> {
  let fails = true;
  const first = onTable({
    effect({ key }) {
      if (key === "SFO" && fails) throw new Error("no");
    },
  });
  first.put("f1@LAX", "f2@SFO", "f3@JFK");
  const mapping = first.map();
  await first.clock.advance(100);
  fails = false;
  await mapping.drain();
  const [done, ...later] = await first.items();
  const closed = later.at(-1);

  const late = onTable({
    consumer: { park: memoryParking() },
    effect({ id }) {
      if (id === "bad") throw new NonRetryableError("never");
    },
  });
  late.put("f1@LAX", "bad@SFO");
  await late.clock.advance(90_000);
  await late.map().drain();
  const [began, parked] = await late.items();

  const leased = onTable({ consumer: { lease: true } });
  leased.put("f1@LAX");
  await leased.map().drain();
  const [lease] = await leased.items();

  const hold = holdOf({ isValid: () => true, beat: async () => "written" });
  const worker = onTable({ hold: () => hold });
  worker.put("f1@LAX");
  await worker.map().drain();
  const [took] = await worker.items();

  const many = onTable({ settings: { batchSize: 1 }, consumer: { uniqueId: ({ id }) => id } });
  many.put(...Array.from({ length: 256 }, (_, place) => `f${place}@LAX`));
  await many.map().drain();
  const fold = (await many.items()).at(-1);

  return { done, closed, began, parked, lease, took, fold } as Record<string, object>;
}

/** Bytes as their length and their beginning. */
const render = (item: object) =>
  JSON.stringify(
    item,
    (_, value) => {
      const bytes = value?.type === "Buffer" ? value.data : value;
      return ArrayBuffer.isView(value) || value?.type === "Buffer"
        ? `<${bytes.length} bytes: ${Buffer.from(bytes).subarray(0, 8).toString("hex")}${bytes.length > 8 ? "…" : ""}>`
        : value;
    },
    2,
  );

it("every item that the page shows is what is written", async () => {
  const items = await examples();
  for (const [name, item] of Object.entries(items)) expect(item, name).toBeDefined();
  const seen: string[] = [];
  const text = await readFile(page, "utf8");
  const written = text.replaceAll(/```json (\w+)\n[^`]*```/g, (_, name: string) => {
    seen.push(name);
    return `\`\`\`json ${name}\n${render(items[name]!)}\n\`\`\``;
  });
  expect(seen).toEqual(["done", "closed", "began", "parked", "lease", "took", "fold"]);
  await expect(written).toMatchFileSnapshot(page);
});
