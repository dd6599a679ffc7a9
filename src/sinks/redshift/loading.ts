/** Parts as loads of a table: a file in S3, and a transaction that copies it and says so in the ledger, which decides what was loaded. */
import { digestOf } from "../../aws/store-limits.ts";
import type { Bucket } from "../parts/bucket.ts";
import type { Outcome } from "../parts/intents.ts";
import type { Part } from "../parts/part.ts";
import type { PartStore, Unwritten } from "../parts/write-parts.ts";
import { type Sending, SinkError } from "../sink.ts";
import { hasFailed, type RunStatements } from "./data-api.ts";
import {
  checkStatements,
  ledgerDefinition,
  loadStatements,
  mistakesStatement,
  type Staged,
  settleStatements,
  type Target,
} from "./statements.ts";

export interface Loading {
  readonly target: Target;
  readonly run: RunStatements;
  /** Workgroup and database, for errors. */
  readonly place: string;
  readonly stage: { readonly bucketName: string; readonly prefix: string };
}

/** A statement has room for 100 KB, and its result for 1,000 rows or more. */
const settledAtOnce = 100;

export function loadsOf(
  { place, run, stage, target }: Loading,
  bucket: Bucket,
  sending: Sending,
): PartStore {
  const { bucketName, prefix } = stage;

  /** What it is that no record is to blame for, with what to do. */
  function explained(error: unknown): unknown {
    const { message } = error as Error;
    if (!hasFailed(error) || !message.includes("does not exist")) return error;
    if (!message.includes(target.ledger.split(".").at(-1)!)) return error;
    const remedy = `Create the ledger: ${ledgerDefinition(target.ledger)}`;
    return new SinkError(`${message} ${remedy}`, {
      code: error.code,
      cause: error,
      status: undefined,
    });
  }

  async function put({ key, rows }: Part): Promise<Unwritten | undefined> {
    // Short, since a load's error names 256 characters of it at most.
    const digest = digestOf(key).slice(0, 32);
    const file = `${prefix}${digest}.json.gz`;
    const staged: Staged = {
      part: key,
      table: `shardmill_${digest}`,
      manifest: `s3://${bucketName}/${prefix}${digest}.manifest`,
    };
    try {
      await bucket.putNew(file, {
        contentType: "application/gzip",
        body: process
          .getBuiltinModule("node:zlib")
          .gzipSync(rows.map(({ prepared }) => prepared).join("")),
      });
      await bucket.putNew(`${prefix}${digest}.manifest`, {
        contentType: "application/json",
        body: JSON.stringify({ entries: [{ url: `s3://${bucketName}/${file}`, mandatory: true }] }),
      });
      const found = await run(loadStatements(target, staged), sending, { token: digest });
      if (found[0]?.[1] === "loaded") return undefined;
      return {
        error: new Error(`${place}: another environment has claimed the records of ${key}.`),
      };
    } catch (error) {
      if (!hasFailed(error)) return { error };
      const isOfData = /load_error/i.test(error.message);
      if (!isOfData) return { error: explained(error), isVoid: true };
      return { ...(await mistakesOf(rows, file, staged, error)), isVoid: true };
    }
  }

  /** Which records COPY will not take. */
  async function mistakesOf(
    rows: Part["rows"],
    file: string,
    staged: Staged,
    error: SinkError,
  ): Promise<Unwritten> {
    const final = new Map<number, unknown>();
    const blame = (at: number, why: string) => {
      const row = rows[at];
      if (row)
        final.set(
          row.place,
          new SinkError(`${place}: ${why}`, { code: error.code, cause: error, status: undefined }),
        );
    };
    try {
      // It finds all of them; a load stops at the first.
      await run(checkStatements(target, staged), sending, { hasRows: false }).catch((error) => {
        if (!hasFailed(error)) throw error;
      });
      const found = await run([mistakesStatement(file)], sending);
      for (const [line, column, reason] of found) {
        if (!final.has(rows[Number(line) - 1]?.place ?? -1)) {
          blame(Number(line) - 1, `${target.table}, column ${column || "unknown"}: ${reason}`);
        }
      }
    } catch (cause) {
      return {
        error: new Error(
          `${error.message} (and of which record is not known: ${(cause as Error).message})`,
          { cause },
        ),
      };
    }
    if (final.size === 0 && rows.length === 1) final.set(rows[0]!.place, error);
    return final.size > 0 ? { error, final } : { error, isSomeones: true };
  }

  async function settle(parts: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    for (let from = 0; from < parts.length; from += settledAtOnce) {
      const some = parts.slice(from, from + settledAtOnce);
      try {
        const rows = await run(settleStatements(target.ledger, some), sending);
        for (const [part, state] of rows) {
          outcomes.set(String(part), state === "loaded" ? "part" : "fence");
        }
      } catch (error) {
        throw explained(error);
      }
    }
    const missing = parts.find((part) => !outcomes.has(part));
    if (missing === undefined) return outcomes;
    throw new Error(`${place}: the ledger ${target.ledger} says nothing of ${missing}.`);
  }

  return { keyOf: (prefix, folder, id) => `${prefix}${folder}${id}`, put, settle };
}
