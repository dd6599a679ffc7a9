/**
 * Records what the official DynamoDB Local answers to random requests, for those who have no
 * Java. Run it with `npx node test/faults/store/record.ts`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { createDynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { documentClient } from "./document-client.ts";
import { randomSteps, tableName } from "./random-operations.ts";
import { perform, toJson } from "./transcript.ts";

const folder = new URL("transcripts/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const seed of [1, 2, 3]) {
  const db = await createDynamoDb({ engine: "official" });
  await db.createTable({ name: tableName, sortKey: "sk" });
  const exchanges = await perform(
    documentClient(db.endpoint),
    randomSteps(seededRandom(seed), 160),
  );
  await db.close();
  const text = toJson(exchanges);
  await writeFile(new URL(`${seed}.json`, folder), text);
  console.log(`transcripts/${seed}.json: ${exchanges.length} requests, ${text.length} bytes`);
}
