/** Sequence numbers: where and when in its stream a record stands. */
import { decodeSequenceNumber, endingIndex } from "../../../../src/record/sequence-number.ts";
import type { Finding, Problem } from "./finding.ts";
import type { Section } from "./section.ts";

export interface SequenceNumberReport {
  readonly sequenceNumber: string;
  readonly subSequenceNumber?: number;
  /** The rest is undefined for a number of a layout that is not known. */
  readonly version?: number;
  readonly shardId?: string;
  /** ISO 8601, whole seconds. */
  readonly shardCreatedAt?: string;
  /** ISO 8601, whole seconds. */
  readonly putAt?: string;
  /** Counts the records of the shard; decimal, as it may be large. */
  readonly index?: string;
}

const second = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

export function describeSequenceNumber(position: string): SequenceNumberReport {
  const [sequenceNumber = "", sub] = position.split(".");
  const inner = sub === undefined ? {} : { subSequenceNumber: Number(sub) };
  const parts = decodeSequenceNumber(sequenceNumber);
  if (!parts) return { sequenceNumber, ...inner };
  return {
    ...{ sequenceNumber, ...inner, version: parts.version },
    shardId: `shardId-${String(parts.shardIndex).padStart(12, "0")}`,
    shardCreatedAt: second(parts.shardCreatedAt),
    putAt: second(parts.putAt),
    index: String(parts.index),
  };
}

/** With a line below: `put 2026-01-01T00:00:00Z, index 4 in shardId-000000000000, created …`. */
export function sequenceNumberText(position: string): string {
  const { shardId, shardCreatedAt, putAt, index } = describeSequenceNumber(position);
  if (shardId === undefined) return `${position} (not of the layout that is known)`;
  return `${position}\nput ${putAt}, index ${index} in ${shardId}, created ${shardCreatedAt}`;
}

/** `<number>`, `<number>.<sub>` or `<shard id>:<number>`. Undefined: it is none. */
export function sequenceNumberFinding(text: string): Finding | undefined {
  const [, shardId, position] =
    /^(?:(shardId-\d{12}):)?(\d{20,129}(?:\.\d{1,9})?)$/.exec(text) ?? [];
  if (position === undefined) return undefined;
  const report = describeSequenceNumber(position);
  return {
    kind: "sequenceNumber",
    report: { ...report },
    section: sectionOf(report),
    problems: problemsOf(report, shardId),
  };
}

function sectionOf(report: SequenceNumberReport): Section {
  const { sequenceNumber, subSequenceNumber, shardId, index } = report;
  const title = `a sequence number${subSequenceNumber === undefined ? "" : ", and a place in its aggregate"}`;
  const place =
    subSequenceNumber === undefined
      ? undefined
      : `user record ${subSequenceNumber} of the aggregate, counted from 0`;
  if (shardId === undefined) {
    const text = `${sequenceNumber.length} digits, of a layout that is not known: they order records, and tell no more.`;
    return {
      title,
      fields: [
        ["number", sequenceNumber],
        ["place", place],
      ],
      text,
    };
  }
  return {
    title,
    fields: [
      ["number", sequenceNumber],
      ["place", place],
      ["shard", shardId],
      ["shard created", report.shardCreatedAt],
      ["put", report.putAt],
      ["index", indexText(BigInt(index!))],
      ["layout", `version ${report.version}`],
    ],
  };
}

function indexText(index: bigint): string {
  if (index === 0n) return "0: where the shard starts, before its first record";
  return index === endingIndex ? `${index}: where a closed shard ends` : `${index}`;
}

/** An event id names its shard twice. */
export function problemsOf(
  { shardId: told }: SequenceNumberReport,
  shardId: string | undefined,
): Problem[] {
  if (told === undefined || shardId === undefined || told === shardId) return [];
  return [{ path: [], what: `the sequence number is of ${told}, and not of ${shardId}` }];
}
