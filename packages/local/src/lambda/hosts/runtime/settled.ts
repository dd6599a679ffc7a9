/** What became of each record of a batch, as the consumer says it to a host that asks. */
import type { SettledBatch } from "../../../../../../src/record/settled-batch.ts";

/** Of one user record. */
export interface RecordFate {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  /** Whether it came in a KPL aggregate. */
  readonly aggregated: boolean;
  readonly partitionKey: string;
  readonly outcome: FateOutcome;
  /** Of a record that failed: how often, this time included. */
  readonly attempt?: number;
  /** What was thrown: of a record that failed, or that was parked. */
  readonly error?: { readonly name: string; readonly message: string };
  /** The place in the batch of the record that has the same unique id, and came first. */
  readonly sameIdAs?: number;
  readonly uniqueId?: string;
  /** Of a record that was skipped: what the log calls it, 32 hexadecimal digits. */
  readonly name?: string;
}

/** The names of the consumer's outcomes, by their numbers. */
const outcomes = [
  "notBegun",
  "notBegun",
  "failed",
  "givenBack",
  "waiting",
  "processed",
  "dropped",
  "parked",
  "redelivered",
  "duplicate",
] as const;

/**
 * `notBegun`: an earlier record failed, or there was no time. `givenBack`: begun, and stopped by the signal. `waiting`: it has the id of
 * an earlier record of the batch, and shares its fate. `dropped`: its decoder or a filter left it out.
 */
export type FateOutcome = (typeof outcomes)[number];

/** What became of the records of one batch. */
export interface SettledRecords {
  readonly streamArn: string;
  readonly shardId: string;
  /** The log that was asked, and its newest entry then. Absent: no progress is kept. */
  readonly log?: { readonly name: string; readonly entry: number };
  readonly records: readonly RecordFate[];
}

/** Of a batch of this version's consumer, or of another that says the same. */
export function settledRecords({
  batch,
  memory,
  outcomes: all,
  reads,
}: SettledBatch): SettledRecords {
  const { records, shardId, streamArn } = batch;
  return {
    ...{ streamArn, shardId },
    ...(memory && { log: { name: memory.log.name, entry: memory.log.n } }),
    records: records.map((record, place) => {
      const { aggregated, partitionKey, sequenceNumber, subSequenceNumber } = record;
      const outcome = outcomes[all.of(place)] ?? "notBegun";
      const error = all.errors.get(place);
      const attempt = all.attempts.get(place);
      const sameIdAs = all.twins.get(place);
      const uniqueId = reads.ids[place];
      const wasSkipped = outcome === "redelivered" || outcome === "duplicate";
      const name = wasSkipped && memory ? nameAt(reads.names, place) : undefined;
      return {
        ...{ sequenceNumber, subSequenceNumber, aggregated, partitionKey, outcome },
        ...(attempt !== undefined && { attempt }),
        ...(error !== undefined && { error: said(error) }),
        ...(sameIdAs !== undefined && { sameIdAs }),
        ...(uniqueId && { uniqueId }),
        ...(name !== undefined && { name }),
      };
    }),
  };
}

/** As an entry packs it: four words, little-endian. */
function nameAt(names: Uint32Array, place: number): string {
  const bytes = Buffer.alloc(16);
  for (let word = 0; word < 4; word++) bytes.writeUInt32LE(names[4 * place + word] ?? 0, 4 * word);
  return bytes.toString("hex");
}

function said(error: unknown): { name: string; message: string } {
  try {
    const { name, message } = error as Error;
    if (typeof message === "string") return { name: String(name), message };
    return { name: typeof error, message: String(error) };
  } catch {
    return { name: typeof error, message: "What was thrown cannot be described." };
  }
}
