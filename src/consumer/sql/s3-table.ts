/** Reference tables in S3: an object of CSV or JSON. */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenClient, givenText } from "../../aws/given.ts";
import { atPlace } from "../../observe/at-place.ts";
import { splitCsv } from "../../sql/schema/decode.ts";
import type { SourceSchema } from "../../sql/schema/schema.ts";
import { withoutMark } from "../../values/byte-order-mark.ts";
import { checkNumber } from "../../values/number-option.ts";
import type { LoadedReference } from "./references.ts";

/** What `s3Json` takes besides the schema of its rows. */
export interface S3TableOptions extends SourceSchema {
  /** How often it is looked for a new version of the object, in seconds, before a batch. @default never: an environment keeps what it began with */
  readonly refreshInSeconds?: number;
  /** @default new S3Client({}) of @aws-sdk/client-s3 */
  readonly client?: CommandSender;
}

/** What `s3Csv` takes besides the schema of its rows. */
export interface S3CsvOptions extends S3TableOptions {
  /** Whether the first line has the names of the columns: `mapping` finds them by these (`$.name`). Without it columns come in the order of the schema. @default true */
  readonly header?: boolean;
}

/**
 * A reference table that is an object of CSV in S3, such as `s3://tables/companies.csv`. It is loaded before an environment's first batch; the role needs s3:GetObject.
 *
 * @example
 * const companies = s3Csv("s3://tables/companies.csv", {
 *   recordColumns: [{ name: "TICKER", sqlType: "VARCHAR(4)" }, { name: "COMPANY", sqlType: "VARCHAR(32)" }],
 *   refreshInSeconds: 300,
 * });
 */
export function s3Csv(url: string | undefined, options: S3CsvOptions): LoadedReference {
  const { header = true, ...others } = options;
  const { recordColumnDelimiter = ",", recordRowDelimiter = "\n" } = options;
  return s3Table("s3Csv", url, others, header ? "JSON" : "CSV", (text) => {
    const lines = text.split(recordRowDelimiter).map((line) => line.replace(/\r$/, ""));
    const rows = lines.filter((line) => line !== "");
    if (!header) return rows;
    const [names = [], ...fields] = rows.map((line) => splitCsv(line, recordColumnDelimiter));
    return fields.map((row) =>
      Object.fromEntries(names.map((name, at) => [name, row[at] === "" ? undefined : row[at]])),
    );
  });
}

/**
 * A reference table that is an object of JSON in S3: a document whose rows `recordRowPath` finds, or one document a line. As `s3Csv` is.
 *
 * @example
 * const companies = s3Json("s3://tables/companies.json", {
 *   recordColumns: [{ name: "TICKER", sqlType: "VARCHAR(4)", mapping: "$.ticker" }],
 * });
 */
export function s3Json(url: string | undefined, options: S3TableOptions): LoadedReference {
  return s3Table("s3Json", url, options, "JSON", (text) => {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return lines.length > 1 && lines.every(isDocument) ? lines : [text];
  });
}

/** Of one document a line each line begins and ends one; lines of one document do not. */
function isDocument(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function s3Table(
  who: string,
  url: string | undefined,
  { client: given, refreshInSeconds, ...schema }: S3TableOptions,
  recordFormatType: "CSV" | "JSON",
  rowsOf: (text: string) => readonly unknown[],
): LoadedReference {
  const place = givenText(url, "URL of an object, such as s3://bucket/key,", who);
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(place) ?? [];
  if (!Bucket) throw new TypeError(`${who}: ${place} must be s3://bucket/key.`);
  checkNumber(`${who}: refreshInSeconds`, refreshInSeconds, { least: 1, most: 31_536_000 });
  let client = givenClient(given, `${who}: client`, "S3Client");
  // It is loaded while the function starts; who has no use for it need not have it installed.
  const loading = import("@aws-sdk/client-s3");
  loading.catch(() => {});
  return {
    ...schema,
    recordFormatType,
    refreshInSeconds,
    async load(known, abortSignal) {
      const { GetObjectCommand, S3Client } = await loading;
      client ??= new S3Client({});
      const input = { Bucket, Key, ...(known === undefined ? {} : { IfNoneMatch: known }) };
      try {
        const { Body, ETag = "" } = (await client.send(new GetObjectCommand(input), {
          abortSignal,
        })) as { readonly Body?: { transformToString(): Promise<string> }; readonly ETag?: string };
        const text = withoutMark((await Body?.transformToString()) ?? "");
        return { version: ETag, rows: rowsOf(text) };
      } catch (error) {
        const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } };
        if ($metadata?.httpStatusCode === 304) return undefined;
        throw atPlace(error, `${who}: ${place}`);
      }
    },
  };
}
