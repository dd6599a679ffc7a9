/** `shardmill replay` of a function that a delivery stream invokes. */
import { readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import {
  type DeliveryReplayResult,
  deliveryStreamsOf,
  type Template,
  type TemplateDeliveryStream,
  type TemplateFunction,
} from "@shardmill/local/rig";
import { nearest } from "../../../../src/values/nearest.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { counted } from "../terminal/counted.ts";
import { oneLine } from "../terminal/terminal.ts";
import type { ReplaySettings } from "./settings.ts";

/** What `--json` prints. */
export interface DeliverySummary extends DeliveryReplayResult {
  readonly function: string;
  readonly deliveryStream: string;
  /** Where the objects are, a folder for each bucket, and what is in the outbox. Absolute. */
  readonly folders: readonly string[];
  /** Lines that were left out. Absent: none. */
  readonly skipped?: number;
  /** What a person should know of this run. */
  readonly notes: readonly string[];
}

/**
 * The delivery stream that invokes the function, where no stream leads to it: the one that is asked
 * for, or the only one. Undefined: there is none. Throws UsageError.
 */
export function deliveryStreamOf(
  template: Template,
  fn: TemplateFunction,
  asked: string | undefined,
): TemplateDeliveryStream | undefined {
  const own = deliveryStreamsOf(template, fn);
  const found = own.find(({ name }) => name === asked);
  if (found) return found;
  const isRead = template.mappings.some((one) => one.functionLogicalId === fn.logicalId);
  if (isRead || own.length === 0) return undefined;
  const names = own.map(({ name }) => name);
  if (asked !== undefined) {
    const near = nearest(asked, names);
    const hint = near ? `Did you mean ${near}?` : `These do: ${names.join(", ")}.`;
    throw new UsageError(`no delivery stream "${asked}" invokes ${fn.name}. ${hint}`);
  }
  if (own.length === 1) return own[0];
  throw new UsageError(`${names.join(", ")} invoke ${fn.name}: say which with --stream.`);
}

/** Throws UsageError for options that only mappings have. */
export function checkForDelivery(
  { name }: TemplateDeliveryStream,
  { speed, attempts, seed }: ReplaySettings,
): void {
  const given = [
    ...(speed === Number.POSITIVE_INFINITY ? [] : ["--speed"]),
    ...(attempts === undefined ? [] : ["--attempts"]),
    ...(seed === undefined ? [] : ["--faults"]),
  ];
  if (given.length === 0) return;
  throw new UsageError(
    `${given.join(" and ")}: ${name} is a delivery stream, and takes records as fast as they come, without faults.`,
  );
}

/** Where `--out` leads. Rejects where it is not empty: nobody could tell what came of which run. */
export async function emptyFolder(out: string, cwd: string): Promise<string> {
  const folder = resolve(cwd, out);
  const there = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    const why = cause.code === "ENOTDIR" ? "it is a file" : cause.message;
    throw new Error(`--out: ${out} cannot hold buckets: ${why}.`, { cause });
  });
  if (there.length === 0) return folder;
  throw new Error(`--out: ${out} is not empty. Empty it, or name another folder.`);
}

export const foldersOf = (bucketFolder: string, buckets: readonly string[]): string[] =>
  buckets.length > 0 ? buckets.map((bucket) => join(bucketFolder, bucket)) : [bucketFolder];

/** `cwd`: what folders are told from. */
export function describeDelivery(summary: DeliverySummary, cwd: string): string {
  const { put, transformed, invocations, dropped, failed, failures, left } = summary;
  const { delivered, objects, bytes, files, deliveryStream } = summary;
  const where = [
    ...(objects > 0 ? [counted(objects, "object"), counted(bytes, "byte")] : []),
    ...(files > 0 ? [counted(files, "file")] : []),
  ];
  const why = Object.entries(failures).map(([type, records]) => `${type} ${records}`);
  const lines: [string, string | number][] = [
    ["put", `${put} into ${deliveryStream}`],
    ["transformed", `${transformed} in ${counted(invocations, "invocation")}`],
    ["dropped", dropped],
    ["failed", why.length > 0 ? `${failed} (${why.join(", ")})` : failed],
    ["delivered", `${delivered}${where.length > 0 ? ` in ${where.join(", ")}` : ""}`],
  ];
  if (left > 0) lines.push(["left", left]);
  if (summary.skipped) lines.push(["left out", counted(summary.skipped, "line")]);
  for (const note of summary.notes) lines.push(["note", note]);
  for (const folder of summary.folders) lines.push(["folder", near(folder, cwd)]);
  return lines.map(([name, value]) => `${name.padEnd(13)}${oneLine(String(value))}\n`).join("");
}

function near(folder: string, cwd: string): string {
  const path = relative(cwd, folder);
  return path === "" || path.startsWith("..") ? folder : path;
}
