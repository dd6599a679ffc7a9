/** The tables of both in a process of its own, so that its time is nobody's: says its address, and ends with its parent. */
import { startDynamoDb } from "./ours.ts";
import { peerTable } from "./powertools.ts";

const { db } = await startDynamoDb();
await db.createTable({ name: peerTable, partitionKey: "id" });
process.send!(db.endpoint);
process.once("disconnect", () => process.exit());
