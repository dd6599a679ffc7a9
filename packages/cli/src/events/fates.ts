/** What became of the records of a batch, with the reason of each in a sentence. */
import type { FatesEvent, RecordFate } from "@shardmill/local/rig";
import { formatPosition } from "../../../../src/record/position.ts";
import { counted } from "../terminal/counted.ts";
import type { Fate, FatesTold, ParkedTold } from "./dev-event.ts";
import type { Said, Witness } from "./witness.ts";

/** Looks up which entries of the log name the records that were skipped. Never rejects. */
export async function fatesTold(event: FatesEvent, witness: Witness): Promise<FatesTold> {
  const { at, functionName, log, records, requestId, shardId, streamArn, type } = event;
  const names = records.flatMap(({ name }) => name ?? []);
  const said =
    log === undefined || names.length === 0
      ? new Map<string, Said>()
      : await witness(log.name, names).catch(() => new Map<string, Said>());
  return {
    ...{ type, at, functionName, stream: streamArn.split("/")[1] ?? streamArn },
    ...{ shardId, requestId },
    ...(log && { log }),
    records: records.map((record) => {
      const { attempt, error, name, outcome, partitionKey, uniqueId } = record;
      const entry = name === undefined ? undefined : said.get(name);
      return {
        ...{ position: positionOf(record), partitionKey, outcome },
        why: reason(record, records, entry, log?.entry),
        ...(entry && { entry: entry.n }),
        ...(uniqueId !== undefined && { uniqueId }),
        ...(attempt !== undefined && { attempt }),
        ...(error && { error }),
      };
    }),
  };
}

/** Of each record that the batch parked. */
export function parkedTold({ at, functionName, records, ...batch }: FatesTold): ParkedTold[] {
  const { requestId, shardId, stream } = batch;
  return records
    .filter(({ outcome }) => outcome === "parked")
    .map(({ attempt = 0, error, partitionKey, position }: Fate) => ({
      ...{ type: "parked", at, functionName, stream, shardId, requestId, position, partitionKey },
      attempts: attempt,
      ...(error && { error }),
    }));
}

const positionOf = (record: RecordFate) =>
  record.aggregated || record.subSequenceNumber > 0
    ? formatPosition(record)
    : record.sequenceNumber;

function reason(
  { attempt = 1, error, outcome, sameIdAs, uniqueId }: RecordFate,
  records: readonly RecordFate[],
  said: Said | undefined,
  newest: number | undefined,
): string {
  const thrown = error ? `${error.name}: ${error.message}` : "it said no more";
  const first = sameIdAs === undefined ? undefined : records[sameIdAs];
  const twin = first && `record ${sameIdAs! + 1} of this batch, ${positionOf(first)},`;
  const id = uniqueId === undefined ? "its unique id" : `the unique id ${uniqueId}`;
  switch (outcome) {
    case "processed":
      return newest === undefined
        ? "It was processed now. No progress is kept: should it come again, it is processed again."
        : `It was processed now, and the log says so, up to entry ${newest}.`;
    case "dropped":
      return "The decoder, or a filter of the pipeline, left it out: it counts as done.";
    case "failed":
      return `Attempt ${attempt} failed: ${thrown}`;
    case "parked":
      return `It failed ${counted(attempt, "time")}, now with ${thrown}, and was parked: its shard goes on without it.`;
    case "givenBack":
      return "It was begun, and stopped by its signal when the invocation's time was nearly over. It comes again, and that counts as no failure.";
    case "notBegun":
      return "It was not begun: an earlier record that it has to follow failed, or no time was left. It comes again.";
    case "waiting":
      return `It has ${id} that ${twin ?? "an earlier record"} has too, and shares its fate.`;
    case "redelivered":
      return said
        ? `It was done before: ${entryText(said)} names this very record.`
        : "It was done before: the log names this very record.";
    case "duplicate":
      if (twin) return `It has ${id} that ${twin} has too, which was processed.`;
      return said
        ? `Another record with ${id} was done before: ${entryText(said)} names it.`
        : `Another record with ${id} was done before: the log names it.`;
  }
}

const entryText = ({ n, at, writer }: Said) =>
  `entry ${n} of the log, appended ${new Date(at).toISOString()} by ${writer},`;
