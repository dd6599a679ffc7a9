/** What the consumer's logs say of parked records. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamodbProgress } from "../../dynamodb/index.ts";
import { hexNameOf, isNameOf, namesIn } from "../../park/entry-names.ts";
import { innerNameIn } from "../../park/parking.ts";
import { type Entry, entryVersion } from "../../progress/entry.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { randomHex, systemRandom } from "../../time/random.ts";
import type { ParkedItem } from "./found.ts";

export interface Logs {
  /** What the log says of items that it was not asked of when they were parked. Those of which it says nothing are left out. */
  says(log: string, items: readonly ParkedItem[]): Promise<ReadonlyMap<ParkedItem, Said>>;
  /** The function that wrote the log, as `<region>:<account>:<name>`. Undefined: there is no log. */
  writerOf(log: string): Promise<string | undefined>;
  /** The partition keys whose later records are parked, too. */
  parkedKeys(log: string): Promise<ReadonlySet<string>>;
  /**
   * Lets later records of these keys be processed again; `isParked` says whether a record of a key is
   * still parked. An entry, on the condition that nothing was appended since `isParked` looked.
   */
  freeKeys(
    log: string,
    keys: ReadonlySet<string>,
    isParked: (key: string) => Promise<boolean>,
  ): Promise<void>;
}

/** Parked: the item may be taken. Done: it was processed after all. Of others a delivery may be still to come. */
export type Said = "parked" | "done";

/** Clocks of environments are not so far apart. */
const skewMs = 15 * 60_000;

const keepInSeconds = 400 * 86_400;
const rounds = 10;

export function readLogs(
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): Logs {
  const store = dynamodbProgress({ tableName, client });

  /** The newest first. */
  async function* entriesOf(log: string): AsyncGenerator<Entry> {
    for (let before = Number.POSITIVE_INFINITY; ; ) {
      const { entries, more } = await store.readBefore(log, before);
      yield* entries;
      const last = entries.at(-1);
      if (!last || (!more && last.n <= 1)) return;
      before = last.n;
    }
  }

  async function keysOf(
    log: string,
  ): Promise<{ n: number; entry?: Entry; keys: readonly string[] }> {
    let newest: Entry | undefined;
    for await (const entry of entriesOf(log)) {
      newest ??= entry;
      if (entry.parkedKeys) return { n: newest.n, entry: newest, keys: entry.parkedKeys };
      if (entry.kind === "fold" || entry.kind === "reset") break;
    }
    return { n: newest?.n ?? 0, ...(newest ? { entry: newest } : {}), keys: [] };
  }

  return {
    async says(log, items) {
      const said = new Map<ParkedItem, Said>();
      const left = new Map<string, ParkedItem[]>();
      for (const item of items) left.set(nameIn(item), [...(left.get(nameIn(item)) ?? []), item]);
      const parkedFrom = Math.min(...items.map(({ parkedAt }) => parkedAt)) - skewMs;
      let isForgotten = false;
      for await (const entry of entriesOf(log)) {
        if (left.size === 0 || entry.at < parkedFrom) break;
        // What was done before a reset is to be done again, and what was parked before it is parked.
        if (entry.kind === "reset") isForgotten = true;
        if (entry.kind === "fold" || entry.kind === "reset") continue;
        for (const { name, second, isParked } of namesIn(entry)) {
          for (const item of left.get(name) ?? []) {
            if (said.has(item) || (isForgotten && !isParked)) continue;
            const arrival = Math.floor(item.approximateArrivalTimestamp / 1000);
            if (isNameOf(entry, second, item, arrival))
              said.set(item, isParked ? "parked" : "done");
          }
          if (left.get(name)?.every((item) => said.has(item))) left.delete(name);
        }
      }
      return said;
    },

    async writerOf(log) {
      for await (const { kind, writer } of entriesOf(log)) if (kind !== "reset") return writer;
      return undefined;
    },

    parkedKeys: async (log) => new Set((await keysOf(log)).keys),

    async freeKeys(log, freed, isParked) {
      for (let round = 0; round < rounds; round++) {
        const { n, entry, keys } = await keysOf(log);
        const free: string[] = [];
        for (const key of keys) if (freed.has(key) && !(await isParked(key))) free.push(key);
        if (free.length === 0 || !entry) return;
        const at = now();
        const appended = await store.append(
          log,
          {
            ...{ kind: "done", n: n + 1, at, v: entryVersion },
            writer: (await this.writerOf(log)) ?? entry.writer,
            token: randomHex(systemRandom, 16),
            parkedKeys: keys.filter((key) => !free.includes(key)),
          },
          Math.ceil(at / 1000) + keepInSeconds,
        );
        // Somebody else was first, and may have parked a record of the key.
        if (appended.ok) return;
      }
      throw new Error(`${log} is written so often that no entry got in between. Try again.`);
    },
  };
}

/** What the log calls the record. */
function nameIn(item: ParkedItem): string {
  const id = item.uniqueId === true ? undefined : item.uniqueId;
  return item.name ?? innerNameIn(item.id) ?? hexNameOf(item as unknown as UserRecord, id);
}
