/** The order of a partition key where nothing could be made of one of its records: those behind it wait, and come again with it. */
import type { BatchRecord } from "../consumer/options.ts";
import type { Refusal } from "../handler/put-all.ts";
import type { Prepared } from "./sink.ts";

/** Those that do not stand behind a record of their key, as it came, of which nothing could be made; the others are refused. */
export function withoutBehind<T, Made>(
  who: string,
  prepared: readonly Prepared<Made>[],
  records: readonly BatchRecord<T>[],
  refused: Map<number, Refusal>,
): readonly Prepared<Made>[] {
  if (refused.size === 0) return prepared;
  const keyAt = (place: number) => records[place]!.record.partitionKey;
  const first = new Map<string, number>();
  for (const place of [...refused.keys()].sort((a, b) => b - a)) first.set(keyAt(place), place);
  return prepared.filter(({ place }) => {
    const before = first.get(keyAt(place));
    if (before === undefined || place < before) return true;
    const { sequenceNumber } = records[before]!.record;
    const error = new Error(
      `${who}: an earlier record of its partition key could not be put: ${sequenceNumber}.`,
    );
    refused.set(place, { error, kind: "retry" });
    return false;
  });
}
