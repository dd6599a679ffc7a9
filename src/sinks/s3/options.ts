/** What `s3Sink` and `s3Flush` take, and where what they write lies. */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenPrefix } from "../../aws/given.ts";
import { digestOf, s3Limits } from "../../aws/store-limits.ts";
import { checkedPrefix } from "../parts/part.ts";
import { checkFunction, type FromRecord, type SinkOptions } from "../sink.ts";
import type { BufferOptions } from "./buffer.ts";
import type { Format } from "./formats.ts";

/** What `s3Sink` takes: where to, and in which format. */
export interface S3SinkOptions<T, R = T> extends SinkOptions {
  readonly bucket: string | undefined;
  /**
   * Stands before every key: text, or what a record says. Of its own time, and not of now: a retry must give the same. A batch is one object for each
   * prefix. @default ""
   */
  readonly prefix?: string | FromRecord<T, string>;
  /** How files are written: `ndjson()`, `csv({ columns })`, or your own. */
  readonly format: Format<R>;
  /** The row of a record. @default the decoded value */
  readonly row?: FromRecord<T, R>;
  /**
   * What this sink is called in the ledger. Two sinks of one consumer that write into one bucket need two names; under another name everything is
   * written again. Must be given where `prefix` is a function. @default the prefix
   */
  readonly name?: string;
  /** Stands before the keys of the intents. A lifecycle rule should remove what lies there once the stream's retention is over. @default "_shardmill/" */
  readonly ledgerPrefix?: string;
  /**
   * Makes larger files than batches: what comes is kept below `bufferPrefix`, and `s3Flush`, which a schedule invokes, writes a file when so much is
   * together or has waited so long. @default every batch is a file at once
   */
  readonly buffer?: BufferOptions;
  /** Stands before the keys of what is kept there. No lifecycle rule may remove it. @default "_buffer/" */
  readonly bufferPrefix?: string;
  /** Your own client. @default one from the environment */
  readonly client?: CommandSender;
}

/** The folders that are the sink's own. */
export interface Places {
  /** Where its intents lie. */
  readonly ledger: string;
  /** Where those of a flush do: no stream has such a name. */
  readonly files: string;
  /** Where parts wait to become a file. */
  readonly waiting: string;
}

/** The same of the same options, whoever has them. Throws for options that are wrong. */
export function placesOf<T, R>(
  {
    bufferPrefix = standardBufferPrefix,
    format,
    ledgerPrefix = standardLedgerPrefix,
    name,
    prefix = "",
  }: S3SinkOptions<T, R>,
  who: string,
): Places {
  checkFormat(format, who);
  const most = s3Limits.key - 512;
  givenPrefix(ledgerPrefix, most, `${who}: ledgerPrefix`);
  givenPrefix(bufferPrefix, most, `${who}: bufferPrefix`);
  if (typeof prefix === "function") checkFunction(`${who}: prefix`, prefix);
  else checkedPrefix(prefix);
  if (name === undefined && typeof prefix === "function") {
    throw new TypeError(
      `${who}: a prefix that is a function needs a name: by it the sink finds what it has written.`,
    );
  }
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new TypeError(`${who}: name must be text.`);
  }
  const identity = JSON.stringify(name === undefined ? [prefix, format.extension] : [name]);
  const folder = `${digestOf(identity).slice(0, 16)}/`;
  const ledger = `${ledgerPrefix}${folder}`;
  return { ledger, files: `${ledger}~files/`, waiting: `${bufferPrefix}${folder}` };
}

export const standardLedgerPrefix = "_shardmill/";
export const standardBufferPrefix = "_buffer/";

function checkFormat(format: unknown, who: string): void {
  const { encode, extension, prepare } = (format ?? {}) as Partial<Format<never>>;
  if (typeof encode === "function" && typeof prepare === "function" && extension) return;
  throw new TypeError(
    `${who}: format must be one such as ndjson(), csv({ columns }), called; or an object with extension, contentType, prepare and encode.`,
  );
}
