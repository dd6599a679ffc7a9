/**
 * Redshift: objects in S3, and for each a manifest and a COPY, one after the other.
 * https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
 */
import type { Clock } from "../../../../../src/time/clock.ts";
import type { Random } from "../../../../../src/time/random.ts";
import type { Activity } from "../activity.ts";
import { datePattern } from "../prefix/date-pattern.ts";
import { objectSuffix, utcSuffixTime } from "../prefix/object-name.ts";
import type { Holding } from "../record.ts";
import type { RedshiftPlan } from "../settings/plan.ts";
import type { Trace } from "../trace.ts";
import type { DeliverObject } from "./object-delivery.ts";
import type { PutIntoOutbox } from "./outbox.ts";

/** What Redshift is asked to load. */
export interface RedshiftCopy {
  /** The statement, which reads the manifest in S3. */
  readonly statement: string;
  /** The manifest, as JSON. */
  readonly manifest: string;
  readonly records: number;
}

/** Runs a COPY. What it throws is tried again, for as long as the settings say; its `code` goes to the trace. */
export type RunCopy = (copy: RedshiftCopy) => Promise<void>;

export interface CopierOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The name of the delivery stream. */
  readonly name: string;
  readonly plan: RedshiftPlan;
  readonly run: RunCopy;
  readonly deliver: DeliverObject;
  /** Milliseconds in which a manifest is tried again. */
  readonly retryFor: number;
  readonly trace: Trace;
  readonly activity: Activity;
  onLoaded(records: number): void;
  /** The manifest is under `errors/`: somebody may load it by hand. */
  onFailed(records: number): void;
}

/** An object that is in S3. */
export interface StagedObject {
  readonly key: string;
  readonly records: number;
  /** When its oldest record arrived. */
  readonly oldest: number;
}

const byHour = datePattern("yyyy/MM/dd/HH/", "UTC");
const longestPause = 60_000;

/** Takes an object that is in S3; COPYs run in the order in which objects came. */
export function redshiftCopier(options: CopierOptions): (object: StagedObject) => void {
  const { activity, clock, name, plan, random, trace } = options;
  let before: Promise<void> = Promise.resolve();

  async function load({ key, oldest, records }: StagedObject): Promise<void> {
    const { bucket } = plan.stage;
    const manifest = JSON.stringify({
      entries: [{ url: `s3://${bucket}/${key}`, mandatory: true }],
    });
    const path = byHour(oldest) + objectSuffix(name, utcSuffixTime(oldest), random, "");
    const put = (folder: string, holds: Holding) =>
      options.deliver({
        ...{ bucket, key: `${folder}${path}`, bytes: Buffer.from(manifest), records, holds },
        ...{ retryFor: options.retryFor, contentType: "application/json" },
      });
    await put("manifests/", "manifest");
    const statement = copyStatement(plan, `s3://${bucket}/manifests/${path}`);
    if (await isLoaded({ statement, manifest, records }, key)) return options.onLoaded(records);
    await put("errors/manifests/", "redshift-failed");
    options.onFailed(records);
  }

  async function isLoaded(copy: RedshiftCopy, requestId: string): Promise<boolean> {
    const { records } = copy;
    const giveUpAt = clock.now() + plan.retryFor;
    for (let attempt = 1, pause = 1000; ; attempt++) {
      const at = clock.now();
      const error = await activity.outside(() => failureOf(copy));
      const now = clock.now();
      trace.add({
        ...{ type: "request", at, requestId, attempt, records, status: undefined },
        ...{ duration: now - at, outcome: error === undefined ? "delivered" : "failed" },
        ...(error !== undefined && { error }),
      });
      if (error === undefined) return true;
      // The duration holds the first attempt.
      if (now >= giveUpAt) return false;
      await new Promise<void>((resolve) => clock.after(pause, resolve));
      pause = Math.min(longestPause, pause * 2);
    }
  }

  /** Undefined: it is loaded. */
  async function failureOf(copy: RedshiftCopy): Promise<string | undefined> {
    try {
      await options.run(copy);
      return undefined;
    } catch (error) {
      const { code, message } = error as Error & { code?: unknown };
      return `${typeof code === "string" ? code : "Redshift.InternalError"}: ${message}`;
    }
  }

  return (object) => {
    const ended = activity.begin();
    before = before.then(() => load(object)).finally(ended);
  };
}

/** A COPY of what a manifest names. */
export function copyStatement(
  { columns, copyOptions, roleArn, table }: RedshiftPlan,
  manifest: string,
): string {
  const into = columns === undefined ? table : `${table} (${columns})`;
  const from = `FROM '${quoted(manifest)}' CREDENTIALS 'aws_iam_role=${quoted(roleArn)}' MANIFEST`;
  return `COPY ${into} ${from}${copyOptions === undefined ? "" : ` ${copyOptions}`};`;
}

const quoted = (text: string) => text.replaceAll("'", "''");

/** Statements and manifests into files. */
export const copyIntoOutbox =
  (put: PutIntoOutbox): RunCopy =>
  ({ manifest, records, statement }) =>
    put({ ".manifest.json": manifest, ".sql": `${statement}\n` }, records);
