/** BufferingHints, as S3 and HTTP endpoints have them. */
import type { BufferingHints } from "../buffer.ts";
import type { Properties } from "./property.ts";

export const MiB = 1024 * 1024;

export interface HintRange {
  readonly leastMiB: number;
  readonly mostMiB: number;
  readonly defaultMiB: number;
}

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html */
export function readHints(
  own: Properties,
  { leastMiB, mostMiB, defaultMiB }: HintRange,
): BufferingHints {
  const hints = own.object("BufferingHints");
  if (!hints) return { bytes: defaultMiB * MiB, milliseconds: 300_000 };
  hints.only(["SizeInMBs", "IntervalInSeconds"]);
  if (hints.has("SizeInMBs") !== hints.has("IntervalInSeconds")) {
    throw own.refusal(
      "BufferingHints",
      "has one of SizeInMBs and IntervalInSeconds, and needs both or none.",
    );
  }
  const size = { least: leastMiB, most: mostMiB, fallback: defaultMiB };
  const interval = { least: 0, most: 900, fallback: 300 };
  return {
    bytes: hints.number("SizeInMBs", size) * MiB,
    milliseconds: hints.number("IntervalInSeconds", interval) * 1000,
  };
}
