/** What happens to a record before the function sees it: decompression, then de-aggregation. */
import { gunzipSync } from "node:zlib";
import type { DeliveryRecord, Failure } from "../record.ts";
import type { ProcessingPlan } from "../settings/plan.ts";
import { splitByDelimiter, splitJson } from "./split.ts";

/** Sub-records of one record; with more, it goes on as it is. */
const mostSubRecords = 500;

/** The records that one record turns into, or why it cannot go on. */
export function prepare(
  record: DeliveryRecord,
  plan: Pick<ProcessingPlan, "decompress" | "extractMessages" | "deaggregate">,
  now: number,
): readonly DeliveryRecord[] | Failure {
  let { data } = record;
  if (plan.decompress) {
    try {
      data = gunzipSync(data);
      if (plan.extractMessages) data = messagesOf(data);
    } catch (error) {
      return {
        record,
        type: "decompression-failed",
        errorCode: "Decompression.Failed",
        errorMessage: `The record could not be decompressed: ${(error as Error).message}`,
        attemptsMade: 1,
        at: now,
      };
    }
  }
  const parts = subRecords(data, plan.deaggregate);
  if (!parts) return [{ ...record, data }];
  return parts.map((part, at) => ({
    ...record,
    id: `${record.id.slice(0, -6)}${String(at).padStart(6, "0")}`,
    data: part,
    raw: plan.decompress ? record.raw : part,
  }));
}

/** Undefined: there is nothing to split, or too much of it. */
function subRecords(
  data: Uint8Array,
  split: ProcessingPlan["deaggregate"],
): readonly Uint8Array[] | undefined {
  if (split === undefined) return undefined;
  const parts = split === "JSON" ? splitJson(data) : splitByDelimiter(data, split.delimiter);
  return parts && parts.length <= mostSubRecords ? parts : undefined;
}

/** The messages that CloudWatch Logs sent in one envelope, a line each. Throws for anything else. */
function messagesOf(envelope: Uint8Array): Uint8Array {
  const { logEvents } = JSON.parse(Buffer.from(envelope).toString()) as {
    logEvents: readonly { readonly message: string }[];
  };
  return Buffer.from(logEvents.map(({ message }) => `${message}\n`).join(""));
}
