/** What the consumer's logs say of parked records. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamodbProgress } from "../../dynamodb/index.ts";
import { type Entry, entryVersion } from "../../progress/entry.ts";
import { nameOf, wordsPerName, writeName } from "../../progress/fingerprint.ts";
import { ShardLog } from "../../progress/shard-log.ts";
import { formatPosition } from "../../record/position.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { randomHex, systemRandom } from "../../time/random.ts";
import { innerName, type ParkedItem } from "./found.ts";

export interface Logs {
  /** Parked: the item may be taken. Done: it was processed after all. Neither: it may be delivered again. */
  says(item: ParkedItem): Promise<"parked" | "done" | "nothing">;
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
    async says(item) {
      const position = formatPosition(item);
      const known = new ShardLog(item.log, true);
      const reversed: Entry[] = [];
      for await (const entry of entriesOf(item.log)) {
        if (entry.at < item.parkedAt - skewMs || entry.kind === "reset") break;
        if (entry.kind === "fold") continue;
        if (entry.parked?.some((one) => formatPosition(one) === position)) return "parked";
        reversed.push(entry);
      }
      for (const entry of reversed.reverse()) known.merge(entry);
      return isNamed(known, item) ? "done" : "nothing";
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

function isNamed(log: ShardLog, item: ParkedItem): boolean {
  const inner = innerName(item);
  const names = new Uint32Array(wordsPerName);
  if (inner === undefined)
    writeName(names, 0, nameOf(item as unknown as UserRecord, item.uniqueId, undefined));
  else names.set(new Uint32Array(new Uint8Array(Buffer.from(inner, "hex")).buffer));
  const { sequenceNumber, subSequenceNumber } = item;
  const second = Math.floor(item.approximateArrivalTimestamp / 1000);
  const position = { sequenceNumber, subSequenceNumber };
  return log.evidence({ names, place: 0, position, second, windowInSeconds: 0 }) === "redelivered";
}
