/** What the consumer's logs say of parked records. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamodbProgress } from "../../../../src/dynamodb.ts";
import { hexNameOf, isNameOf, namesIn } from "../../../../src/park/entry-names.ts";
import { innerNameIn } from "../../../../src/park/parking.ts";
import type { Entry } from "../../../../src/progress/entry.ts";
import { allKeys, keySetOf, type ParkedKey } from "../../../../src/progress/parked-keys.ts";
import type { UserRecord } from "../../../../src/record/user-record.ts";
import type { ParkedItem } from "./found.ts";

export interface Logs {
  /** What the log says of items that it was not asked of when they were parked. Those of which it says nothing are left out. */
  says(log: string, items: readonly ParkedItem[]): Promise<ReadonlyMap<ParkedItem, Said>>;
  /** The function that wrote the log, as `<region>:<account>:<name>`. Undefined: there is no log. */
  writerOf(log: string): Promise<string | undefined>;
  /** The partition keys of a log's stream whose later records are parked, too. */
  parkedKeys(log: string): Promise<readonly ParkedKey[]>;
  /** Lets later records of such a key be processed again. False: another record of it was parked since it was read. */
  free(key: ParkedKey): Promise<boolean>;
}

/** Parked: the item may be taken. Done: it was processed after all. Of others a delivery may be still to come. */
export type Said = "parked" | "done";

/** Clocks of environments are not so far apart. */
const skewMs = 15 * 60_000;

export function readLogs(client: DynamoDBDocumentClient, tableName: string): Logs {
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

  return {
    async says(log, items) {
      const said = new Map<ParkedItem, Said>();
      const left = new Map<string, ParkedItem[]>();
      for (const item of items) left.set(nameIn(item), [...(left.get(nameIn(item)) ?? []), item]);
      // Not from when it was parked: it may have been parked again since, by somebody who stood still.
      const first = items.reduce(
        (least, { approximateArrivalTimestamp }) => Math.min(least, approximateArrivalTimestamp),
        Number.POSITIVE_INFINITY,
      );
      const arrivedFrom = first - skewMs;
      let isForgotten = false;
      for await (const entry of entriesOf(log)) {
        if (left.size === 0 || entry.at < arrivedFrom) break;
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

    async parkedKeys(log) {
      const keys: ParkedKey[] = [];
      for await (const key of allKeys(store.parkedKeys!, keySetOf(log))) keys.push(key);
      return keys;
    },

    free: (key) => store.parkedKeys!.free(keySetOf(key.log), key),
  };
}

/** What the log calls the record. */
function nameIn(item: ParkedItem): string {
  const id = item.uniqueId === true ? undefined : item.uniqueId;
  return item.name ?? innerNameIn(item.id) ?? hexNameOf(item as unknown as UserRecord, id);
}
