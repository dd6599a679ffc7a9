/** What `put` says at its end. */
import { counted } from "../terminal/counted.ts";
import type { PutSettings } from "./settings.ts";

/** What `--json` prints. */
export interface Summary {
  readonly stream: string;
  readonly records: number;
  readonly bytes: number;
  readonly streamRecords: number;
  readonly requests: number;
  readonly refused: number;
  /** Lines that were left out. */
  readonly skipped: number;
  readonly seconds: number;
  /** Records of the stream, by shard. */
  readonly shards: Readonly<Record<string, number>>;
  /** Everything before was put. Absent: all was. */
  readonly stoppedAt?: { readonly file: string; readonly line: number };
  readonly checkpoint?: string;
}

/** As lines, where --json does not ask for the summary itself. */
export function describe(summary: Summary, { follow }: PutSettings): string {
  const { stream, records, bytes, streamRecords, requests, refused, skipped, seconds } = summary;
  const { shards, stoppedAt, checkpoint } = summary;
  const aggregates =
    streamRecords < records ? ` in ${counted(streamRecords, "record")} of the stream` : "";
  const perSecond = seconds > 0 ? `, ${Math.round(records / seconds)} a second` : "";
  return [
    `${stream}: ${counted(records, "record")} put${aggregates}, ${counted(bytes, "byte")}, in ${counted(requests, "request")}${perSecond}.`,
    ...(refused > 0 ? [`  refused and sent again: ${refused}`] : []),
    ...(skipped > 0 ? [`  ${counted(skipped, "line")} left out`] : []),
    ...Object.entries(shards)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([shardId, count]) => `  ${shardId}  ${count}`),
    ...(stoppedAt && !follow
      ? [`  Everything before ${stoppedAt.file}:${stoppedAt.line} was put.`]
      : []),
    ...(checkpoint === undefined ? [] : [`  The place is kept in ${checkpoint}.`]),
    "",
  ].join("\n");
}
