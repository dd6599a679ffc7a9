/** Which entry of a progress log names a record: the evidence for which it was skipped. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamodbProgress } from "../../../../src/dynamodb.ts";
import type { Entry } from "../../../../src/progress/entry.ts";
import { oldestFirst } from "./oldest.ts";

/** An entry that names a record. */
export interface Said extends Pick<Entry, "at" | "n" | "writer"> {}

/** Of a log, and names of records in hexadecimal: the oldest entry that has each; those that were found. */
export type Witness = (log: string, names: readonly string[]) => Promise<Map<string, Said>>;

/** Names that are remembered of one log; beyond them the oldest go. */
const mostNames = 200_000;

interface ReadLog {
  readonly table: string;
  /** The newest entry that was read. */
  n: number;
  readonly names: Map<string, Said>;
  readonly oldest: () => string | undefined;
}

/** Asks the tables in which logs may be. What was read of a log is not read again: entries do not change. */
export function witnessIn(client: DynamoDBDocumentClient, tables: readonly string[]): Witness {
  const logs = new Map<string, ReadLog>();
  /** One reading at a time. */
  let turn: Promise<unknown> = Promise.resolve();

  async function catchUp(name: string): Promise<ReadLog | undefined> {
    const known = logs.get(name);
    for (const table of known ? [known.table] : tables) {
      const store = dynamodbProgress({ tableName: table, client });
      const log = known ?? newLog(table);
      for (let more = true; more; ) {
        const page = await store.readAfter(name, log.n);
        for (const entry of page.entries) remember(log, entry);
        more = page.more;
      }
      if (log.n === 0) continue;
      logs.set(name, log);
      return log;
    }
    return undefined;
  }

  return (name, names) => {
    const found = turn.then(async () => {
      const log = await catchUp(name);
      return new Map(
        names.flatMap((one) => {
          const said = log?.names.get(one);
          return said ? [[one, said] as const] : [];
        }),
      );
    });
    turn = found.catch(() => {});
    return found;
  };
}

function newLog(table: string): ReadLog {
  const names = new Map<string, Said>();
  return { table, n: 0, names, oldest: oldestFirst(names) };
}

function remember(log: ReadLog, { at, kind, n, names, writer }: Entry): void {
  log.n = n;
  if (kind === "reset") log.names.clear();
  const packed = Buffer.from(names ?? []);
  const said = { at, n, writer };
  for (let place = 0; place < packed.length; place += 16) {
    const name = packed.toString("hex", place, place + 16);
    // A fold says once more what an older entry has said.
    if (!log.names.has(name)) log.names.set(name, said);
  }
  while (log.names.size > mostNames) log.names.delete(log.oldest()!);
}
