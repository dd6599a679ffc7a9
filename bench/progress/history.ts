/** What a batch costs on a log that has been through much, beside one on a fresh log. */

import { dynamodbProgress } from "../../src/dynamodb.ts";
import { memoryParking } from "../../src/index.ts";
import { type EntryDraft, entryVersion, logName } from "../../src/progress/entry.ts";
import { shardCreatedAt } from "../../src/record/position.ts";
import { allDone, type Row } from "../harness.ts";
import { type Cost, environment, eventFrom, metered, startDynamoDb, table } from "./ours.ts";

const many = 100_000;
const hour = 3_600_000;

const at = (n: number) => ({
  sequenceNumber: `4959${String(n).padStart(52, "0")}`,
  subSequenceNumber: 0,
});

/** Entries of so many members each, until there are 100,000. */
const lists = (size: number, draft: (members: readonly number[]) => Partial<EntryDraft>) =>
  Array.from({ length: many / size }, (_, entry) =>
    draft(Array.from({ length: size }, (_, member) => size * entry + member)),
  );

interface History {
  readonly entries: readonly Partial<EntryDraft>[];
  /** Between two entries. */
  readonly everyMs: number;
}

const histories: Readonly<Record<string, History>> = {
  "a fresh log": { entries: [], everyMs: 0 },
  "100,000 parked keys of 36 characters": {
    entries: lists(80, (members) => ({
      parkedKeys: members.map((member) => String(member).padStart(36, "k")),
    })),
    everyMs: 1,
  },
  "100,000 open records, discarded": {
    entries: lists(500, (members) => ({
      first: at(members[0]!),
      last: at(members.at(-1)!),
      open: members.map((n) => ({ position: at(n), attempts: 3, since: 1, key: "k" })),
    })),
    everyMs: 1,
  },
  "a year, with an entry an hour": {
    entries: Array.from({ length: 365 * 24 }, (_, n) => ({ through: at(n) })),
    everyMs: hour,
  },
};

async function costOn({ entries, everyMs }: History): Promise<{ cold: Cost; warm: Cost }> {
  const { db, client } = await startDynamoDb();
  const store = dynamodbProgress({ tableName: table, client });
  const first = eventFrom(many, 100);
  const { eventSourceARN, kinesis } = first.Records[0]!;
  const createdAt = shardCreatedAt(kinesis.sequenceNumber);
  const log = logName("history", eventSourceARN, createdAt, "shardId-000000000000");
  const began = Date.now() - entries.length * everyMs;
  for (const [place, draft] of entries.entries()) {
    const entry = { kind: "done", n: place + 1, at: began + place * everyMs, ...draft } as const;
    await store.append(log, { ...entry, writer: "local", token: "t", v: entryVersion }, 0);
  }
  const handler = environment(client, "history", [], {
    park: memoryParking(),
    afterPark: "parkKey",
    // It says of 100,000 records that they never came again.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const cold = await metered(db, () => allDone(handler(first)));
  const warm = await metered(db, () => allDone(handler(eventFrom(many + 100, 100))));
  client.destroy();
  await db.close();
  return { cold, warm };
}

/** A batch of 100: the first of an environment that starts, and the next. A fresh log's cost is every log's limit. */
export async function* historyRows(): AsyncGenerator<Row> {
  let fresh: Cost | undefined;
  for (const [name, history] of Object.entries(histories)) {
    const { cold, warm } = await costOn(history);
    fresh ??= warm;
    yield {
      name: `100 records on ${name}`,
      values: {
        ...warm,
        "cold requests": cold.requests,
        "cold write": cold.write,
        "cold read": cold.read,
      },
      limits: { requests: fresh.requests, write: fresh.write, read: fresh.read },
    };
  }
}
