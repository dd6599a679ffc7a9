/** A batch that Lambda gave up, as it was delivered: what the log says is done is skipped, as ever. */
import { buildEvent, type DeliveredRecord } from "../../../../src/record/lambda-event.ts";
import { compileFilters } from "../../../services/src/patterns/criteria.ts";
import { UsageError } from "../command-line/usage-error.ts";
import type { FailedBatch } from "../input/index.ts";
import { counted } from "../terminal/counted.ts";
import type { Hold } from "./found.ts";
import { functionNameIn, InvocationError, NotInvokedError } from "./function-target.ts";
import type { Outcome } from "./outcome.ts";
import { batchRecords, refusalOf } from "./payloads.ts";
import type { Redrive } from "./redrive.ts";

/** Bytes of data in an invocation: its event, in base64, must stay below 6 MB. */
const bytesAtMost = 4 * 1024 * 1024;

export async function redriveBatch(
  redrive: Redrive,
  batch: FailedBatch,
  hold: Hold,
): Promise<void> {
  const told = { where: hold.where, records: batch.batchSize };
  const tell = (outcome: Outcome, what?: string) =>
    redrive.tell({ outcome, ...told, ...(what === undefined ? {} : { what }) }, hold);
  let records: readonly DeliveredRecord[];
  try {
    records = await recordsOf(redrive, batch);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    await hold.giveBack();
    return tell(refusalOf(error), (error as Error).message);
  }
  const owner = batch.functionArn && functionNameIn(batch.functionArn);
  if (!redrive.target) {
    await hold.giveBack();
    return tell(
      "would redrive",
      `${describe(batch, records)}${owner ? `, given up for ${owner}` : ""}`,
    );
  }
  const through = "fn" in redrive.target ? redrive.target.fn.functionName : undefined;
  if (owner && through && owner !== through) {
    await hold.giveBack();
    return tell(
      "refused",
      `it was given up for ${owner}, not for ${through}: give --function ${owner}.`,
    );
  }
  try {
    const what = await bringBack(redrive, batch, records);
    if (what === undefined) await hold.finish();
    else await hold.giveBack();
    tell(what === undefined ? "redriven" : "failed", what);
  } catch (error) {
    if (error instanceof NotInvokedError) {
      await hold.giveBack();
      throw error;
    }
    if (error instanceof InvocationError) {
      await hold.giveBack();
      return tell("failed", error.message);
    }
    tell(
      "failed",
      `${(error as Error).message}. What became of it is not known: it is left for 16 minutes.`,
    );
  }
}

async function recordsOf(
  { reading, settings }: Redrive,
  batch: FailedBatch,
): Promise<readonly DeliveredRecord[]> {
  if (batch.records) {
    return batch.records.map(({ sequenceNumber = "", partitionKey = "", data, arrival = 0 }) => ({
      ...{ sequenceNumber, partitionKey, data, approximateArrivalTimestamp: arrival },
    }));
  }
  const read = (await batchRecords(batch, reading)).map((record) => ({
    ...record,
    approximateArrivalTimestamp: record.arrival,
  }));
  const { matches } = filtersOf(settings.filters);
  const taken = matches ? read.filter((record) => matches(record, originOf(batch))) : read;
  if (taken.length > batch.batchSize && !settings.wholeRange) {
    throw new Error(
      `its range in the stream has ${taken.length} records, and the batch had ${batch.batchSize}: the others were filtered out, or are of other lanes. Give the mapping's pattern with --filter, or --whole-range if it has none.`,
    );
  }
  return taken;
}

function filtersOf(patterns: readonly string[]) {
  try {
    return compileFilters({ filters: patterns.map((pattern) => ({ pattern })) });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new UsageError(`--filter: ${cause instanceof Error ? cause.message : message}`, {
      cause: error,
    });
  }
}

const originOf = ({ shardId, streamArn }: FailedBatch) => ({
  ...{ shardId, eventSourceArn: streamArn, roleArn: "" },
  region: streamArn.split(":")[3] ?? "",
});

/** Undefined: all of it is done. Else what is not. */
async function bringBack(
  { target, settings, signal }: Redrive,
  batch: FailedBatch,
  records: readonly DeliveredRecord[],
): Promise<string | undefined> {
  if (target && "stream" in target) {
    for (const record of records) await target.stream.put(record);
    return undefined;
  }
  const { fn } = target!;
  for (const part of parts(records, settings.batchSize)) {
    if (signal.aborted) return "interrupted.";
    const response = await fn.invoke(buildEvent(part, originOf(batch)));
    const failures = (response as { batchItemFailures?: readonly unknown[] } | null)
      ?.batchItemFailures;
    if (failures && failures.length > 0) {
      const [{ itemIdentifier }] = failures as [{ itemIdentifier?: string }];
      return `${fn.name} has not done ${itemIdentifier ?? "all of it"} and what stands behind it.`;
    }
  }
  return undefined;
}

/** As few invocations as there can be. */
function parts(
  records: readonly DeliveredRecord[],
  most: number,
): readonly (readonly DeliveredRecord[])[] {
  const all: DeliveredRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    bytes += record.data.byteLength + record.partitionKey.length + 600;
    const last = all.at(-1);
    if (last && bytes <= bytesAtMost && last.length < most) last.push(record);
    else {
      all.push([record]);
      bytes = record.data.byteLength;
    }
  }
  return all;
}

function describe(batch: FailedBatch, records: readonly DeliveredRecord[]): string {
  const { shardId, condition, range } = batch;
  return `${counted(records.length, "record")} of ${shardId}${range ? `, ${range.first} to ${range.last}` : ""}: ${condition}`;
}
