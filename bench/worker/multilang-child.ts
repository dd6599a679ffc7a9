/** A record processor of `aws-kcl`, AWS's KCL for Node, as the MultiLang daemon starts it for each shard. It counts, and checkpoints each page. */
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";

type Done = () => void;

const counts = process.env.COUNTS!;
const kcl = createRequire(import.meta.url)("aws-kcl");

kcl({
  initialize: (_: unknown, done: Done) => done(),
  processRecords({ records, checkpointer }: any, done: Done) {
    for (const { data } of records) Buffer.from(data, "base64");
    appendFileSync(counts, `batch ${records.length}\n`);
    checkpointer.checkpoint(done);
  },
  leaseLost: (_: unknown, done: Done) => done(),
  shardEnded: ({ checkpointer }: any, done: Done) => checkpointer.checkpoint(done),
}).run();
