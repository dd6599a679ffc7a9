/** The progress logs in a table, as a person would ask about them. */
import { type DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import { dynamodbProgress } from "../../../../src/dynamodb.ts";
import { hash } from "../../../../src/kpl/hash.ts";
import { entryVersion, unpackArrivals } from "../../../../src/progress/entry.ts";
import { allKeys, keySetOf } from "../../../../src/progress/parked-keys.ts";
import { ShardLog } from "../../../../src/progress/shard-log.ts";
import { formatPosition } from "../../../../src/record/position.ts";
import { randomHex, systemRandom } from "../../../../src/time/random.ts";
import { nearest } from "../../../../src/values/nearest.ts";
import { listed } from "../terminal/counted.ts";

export interface LogFilter {
  readonly consumer?: string | undefined;
  readonly stream?: string | undefined;
  readonly shard?: string | undefined;
}

/** What a log's name says. */
export interface LogName {
  readonly name: string;
  readonly consumer: string;
  /** `<region>:<account>:<stream>` */
  readonly stream: string;
  readonly shardId: string;
}

export interface LogReport extends LogName {
  readonly through: string | undefined;
  /** ISO 8601. */
  readonly writtenAt: string;
  readonly ageMs: number;
  readonly writer: string;
  readonly entries: { readonly count: number; readonly newest: number };
  /** Records that the log names. */
  readonly names: number;
  /** Between the earliest and the latest arrival that it names. */
  readonly windowMs: number;
  readonly bytes: number;
  /** What its entries cost to write, each a unit a started kilobyte. */
  readonly writeUnits: number;
  readonly writeUnitsPer1000: number | undefined;
  readonly open: readonly {
    readonly position: string;
    readonly attempts: number;
    readonly since: string;
  }[];
  readonly parked: readonly string[];
  /** Partition keys of which this shard parked the latest record, where later ones follow it. */
  readonly parkedKeys: readonly string[];
  readonly claims: readonly { readonly n: number; readonly until: string }[];
}

/** The logs in a table, by name. Reads the keys of the whole table. */
export async function listLogs(client: DynamoDBDocumentClient, table: string): Promise<LogName[]> {
  const names = new Set<string>();
  const pages = paginateScan(
    { client },
    { TableName: table, ProjectionExpression: "#pk", ExpressionAttributeNames: { "#pk": "pk" } },
  );
  for await (const { Items = [] } of pages) for (const { pk } of Items) names.add(String(pk));
  return [...names]
    .sort()
    .map((name) => {
      const [consumer = "", stream = "", , shardId = ""] = name.split("#");
      return { name, consumer, stream, shardId };
    })
    .filter((log) => log.shardId.startsWith("shardId-"));
}

/** How a filter's name is found in a log's, with its epoch or without, with its region or without. */
const filters: readonly {
  readonly what: keyof LogFilter;
  readonly namesOf: (log: LogName) => readonly string[];
}[] = [
  { what: "consumer", namesOf: ({ consumer }) => [consumer.split("@")[0]!, consumer] },
  { what: "stream", namesOf: ({ stream }) => [stream.split(":").at(-1)!, stream] },
  { what: "shard", namesOf: ({ shardId }) => [shardId] },
];

/** Those that a filter names. Throws where there are none, and says what there is. */
export function logsNamed(logs: readonly LogName[], filter: LogFilter): readonly LogName[] {
  let left = logs;
  for (const { what, namesOf } of filters) {
    const wanted = filter[what];
    if (wanted === undefined) continue;
    const found = left.filter((log) => namesOf(log).includes(wanted));
    if (found.length === 0) {
      const there = [...new Set(left.map((log) => namesOf(log)[0]!))].sort();
      const near = nearest(wanted, there);
      const hint = near ? `Did you mean ${near}?` : `There is progress of ${listed(there)}.`;
      throw new Error(`there is no progress of the ${what} ${wanted}. ${hint}`);
    }
    left = found;
  }
  return left;
}

/** Everything that a log says. Reads all of it. */
export async function reportLog(
  client: DynamoDBDocumentClient,
  tableName: string,
  name: LogName,
  now: number,
): Promise<LogReport> {
  const store = dynamodbProgress({ tableName, client });
  const log = new ShardLog(name.name);
  let [count, bytes, writeUnits, names] = [0, 0, 0, 0];
  let [earliest, latest] = [Number.POSITIVE_INFINITY, 0];
  let newest = { at: 0, writer: "", n: 0 };
  let parked: { readonly position: string; readonly name: string }[] = [];
  /** Of all names, to find those of redriven records among them. */
  const digests = new Set<string>();
  for (let after = 0, more = true; more; ) {
    const page = await store.readAfter(name.name, after);
    for (const entry of page.entries) {
      log.merge(entry);
      count++;
      const size =
        JSON.stringify({ ...entry, names: "", arrivals: "" }).length +
        (entry.names?.length ?? 0) +
        (entry.arrivals?.length ?? 0);
      bytes += size;
      writeUnits += Math.ceil(size / 1024);
      if (entry.kind !== "fold" && entry.arrivals) {
        for (const second of unpackArrivals(entry.arrivals)) {
          names++;
          earliest = Math.min(earliest, second);
          latest = Math.max(latest, second);
        }
      }
      const packed = Buffer.from(entry.names ?? []);
      for (let at = 0; at < packed.length; at += 16) {
        digests.add(packed.toString("hex", at, at + 16));
      }
      if (entry.kind === "reset") {
        parked = [];
        digests.clear();
      }
      // Their names stand at the end, in the same order.
      const firstParked = packed.length / 16 - (entry.parked?.length ?? 0);
      for (const [place, position] of (entry.parked ?? []).entries()) {
        const at = 16 * (firstParked + place);
        parked.push({
          position: formatPosition(position),
          name: packed.toString("hex", at, at + 16),
        });
      }
      newest = entry;
    }
    after = newest.n;
    more = page.more;
  }
  const isRedriven = (id: string) => digests.has(hash("sha256", `redriven ${id}`).slice(0, 32));
  // Behind a fan-out consumer, its name tells an inner record from the others of its aggregate.
  const parkedKeys: string[] = [];
  for await (const key of allKeys(store.parkedKeys!, keySetOf(name.name))) {
    if (key.log === name.name) parkedKeys.push(key.key);
  }
  const stillParked = parked.filter(({ position, name: own }) => {
    const [sequenceNumber] = position.split(".");
    const inner = `${name.name}#${sequenceNumber}#${own}`;
    return !isRedriven(`${name.name}#${position}`) && !isRedriven(inner);
  });
  return {
    ...name,
    through: log.through && formatPosition(log.through),
    writtenAt: new Date(newest.at).toISOString(),
    ageMs: now - newest.at,
    writer: newest.writer,
    entries: { count, newest: newest.n },
    names,
    windowMs: Math.max(0, latest - earliest) * 1000,
    bytes,
    writeUnits,
    writeUnitsPer1000: names === 0 ? undefined : Math.round((1000 * writeUnits) / names),
    open: log.states.since(0).open.map(({ position, attempts, since }) => ({
      position: formatPosition(position),
      attempts,
      since: new Date(since).toISOString(),
    })),
    parked: stillParked.map(({ position }) => position),
    parkedKeys,
    claims: [...log.claims.values()].map(({ n, until }) => ({
      n,
      until: new Date(until ?? 0).toISOString(),
    })),
  };
}

/**
 * Appends that everything before is forgotten. Warm environments ask for what is newer, so they learn
 * of it with their next batch. Resolves to the entry's number.
 */
export async function resetLog(
  client: DynamoDBDocumentClient,
  tableName: string,
  { name }: LogName,
  now: () => number = Date.now,
): Promise<number> {
  const store = dynamodbProgress({ tableName, client });
  // Longer than any entry before it can be kept: those must not come back.
  const keepInSeconds = 400 * 86_400;
  for (let attempt = 0; attempt < 10; attempt++) {
    const { entries } = await store.readBefore(name, Number.POSITIVE_INFINITY);
    const n = (entries[0]?.n ?? 0) + 1;
    const at = now();
    const token = randomHex(systemRandom, 16);
    const entry = {
      kind: "reset",
      n,
      at,
      writer: "shardmill progress reset",
      token,
      v: entryVersion,
    } as const;
    const appended = await store.append(name, entry, Math.ceil(at / 1000) + keepInSeconds);
    if (!appended.ok) continue;
    for await (const key of allKeys(store.parkedKeys!, keySetOf(name))) {
      if (key.log === name) await store.parkedKeys!.free(keySetOf(name), key);
    }
    return n;
  }
  throw new Error(`${name} is written so often that no reset got in between. Try again.`);
}
