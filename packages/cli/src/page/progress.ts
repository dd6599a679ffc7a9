/** What progress logs say, in words. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamodbProgress } from "../../../../src/dynamodb.ts";
import type { Entry } from "../../../../src/progress/entry.ts";
import { formatPosition } from "../../../../src/record/position.ts";
import { type LogReport, listLogs, reportLog } from "../aws/progress-logs.ts";
import { counted } from "../terminal/counted.ts";
import { PageRefusal } from "./server.ts";

export interface ShownLog extends LogReport {
  readonly table: string;
}

export interface ShownEntry {
  readonly n: number;
  readonly kind: Entry["kind"];
  /** Epoch milliseconds. */
  readonly at: number;
  readonly writer: string;
  readonly words: readonly string[];
  /** What it cost to write, in write units. */
  readonly units: number;
}

/** Every log in the tables. */
export async function readLogs(
  client: DynamoDBDocumentClient,
  tables: readonly string[],
  now: number,
): Promise<ShownLog[]> {
  const logs: ShownLog[] = [];
  for (const table of tables) {
    for (const log of await listLogs(client, table)) {
      logs.push({ table, ...(await reportLog(client, table, log, now)) });
    }
  }
  return logs;
}

/** A page of a log's entries, the newest first. */
export async function readEntries(
  client: DynamoDBDocumentClient,
  tables: readonly string[],
  query: URLSearchParams,
): Promise<{ readonly entries: readonly ShownEntry[]; readonly more: boolean }> {
  const table = query.get("table") ?? "";
  if (!tables.includes(table)) throw new PageRefusal(`There is no table ${table} here.`);
  const before = Number(query.get("before") ?? Number.NaN);
  const store = dynamodbProgress({ tableName: table, client });
  const { entries, more } = await store.readBefore(
    query.get("log") ?? "",
    before > 0 ? before : Number.POSITIVE_INFINITY,
  );
  const page = entries.slice(0, entriesShown);
  return {
    entries: page.map(shownEntry),
    more: more || entries.length > page.length,
  };
}

const entriesShown = 100;

export function shownEntry(entry: Entry): ShownEntry {
  const { at, kind, n, writer } = entry;
  const size =
    JSON.stringify({ ...entry, names: "", arrivals: "" }).length +
    (entry.names?.length ?? 0) +
    (entry.arrivals?.length ?? 0);
  return { n, kind, at, writer, words: entryWords(entry), units: Math.ceil(size / 1024) };
}

/** Sentences, the most important first. */
export function entryWords(entry: Entry): string[] {
  const { abandoned, closed, ends, first, folds, kind, last, open, parked, parkedKeys } = entry;
  const count = (entry.names?.length ?? 0) / 16;
  const edges = first && last ? [...new Set([first, last].map(formatPosition))] : [];
  const range = edges.length > 0 ? `, ${edges.join(" to ")}` : "";
  const words: string[] = [];
  if (kind === "done") {
    words.push(count > 0 ? `${counted(count, "record")} done${range}.` : "No record done.");
  } else if (kind === "began") {
    words.push(`A batch is about to run that may kill its environment${range}.`);
  } else if (kind === "lease") {
    words.push(`A batch that nobody else may run until ${time(entry.until)}${range}.`);
  } else if (kind === "fold") {
    words.push(
      `The names of ${counted(count, "record")} once more, of entries since ${entry.since}.`,
    );
  } else words.push("Everything before it is forgotten, on purpose.");
  for (const { attempts, hung, position, since } of open ?? []) {
    const what = attempts > 0 ? `failed ${counted(attempts, "time")} since` : "given back";
    const how = hung ? ", and hung until its environment ended" : "";
    words.push(`Open: ${formatPosition(position)}, ${what} ${time(since)}${how}.`);
  }
  for (const position of parked ?? []) words.push(`Parked: ${formatPosition(position)}.`);
  for (const position of closed ?? []) words.push(`No longer open: ${formatPosition(position)}.`);
  for (const position of abandoned ?? []) {
    words.push(`Given back and never delivered again: ${formatPosition(position)}.`);
  }
  if (parkedKeys?.length)
    words.push(`Later records wait for these keys: ${parkedKeys.join(", ")}.`);
  if (ends?.length) words.push(`Ends the claims of entries ${ends.join(", ")}.`);
  if (folds?.length) words.push(`Folds before it: ${folds.map((fold) => fold.n).join(", ")}.`);
  if (entry.parents?.length) words.push(`Its shard's parents: ${entry.parents.join(", ")}.`);
  if (entry.through) words.push(`Everything up to ${formatPosition(entry.through)} is settled.`);
  return words;
}

const time = (at: number | undefined) => (at === undefined ? "?" : new Date(at).toISOString());
