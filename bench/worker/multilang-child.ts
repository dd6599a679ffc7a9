/** A record processor as the KCL's MultiLang daemon starts it, one for each shard: a line of JSON in, lines of JSON out. It counts, and checkpoints each page. */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const counts = process.env.COUNTS!;
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const status = (responseFor: string) => say({ action: "status", responseFor });
let page = 0;

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "") continue;
  const { action, records = [] } = JSON.parse(line);
  if (action === "checkpoint") status("processRecords");
  else if (action !== "processRecords") status(action);
  else {
    page = records.length;
    for (const { data } of records) Buffer.from(data, "base64");
    appendFileSync(counts, `batch ${page}\n`);
    say({ action: "checkpoint", sequenceNumber: null, subSequenceNumber: null });
  }
}
