/** BufferingHints, as every destination has them. */
import type { BufferingHints } from "../buffer.ts";
import type { Properties } from "./property.ts";

export const MiB = 1024 * 1024;

export interface HintRange {
  readonly leastMiB: number;
  readonly mostMiB: number;
  readonly defaultMiB: number;
  /** Where 900 s are too long; the default is the most then. @default 900, and a default of 300 */
  readonly mostSeconds?: number;
}

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html */
export function readHints(
  own: Properties,
  { leastMiB, mostMiB, defaultMiB, mostSeconds }: HintRange,
): BufferingHints {
  const hints = own.object("BufferingHints");
  const interval = { least: 0, most: mostSeconds ?? 900, fallback: mostSeconds ?? 300 };
  if (!hints) return { bytes: defaultMiB * MiB, milliseconds: interval.fallback * 1000 };
  hints.only(["SizeInMBs", "IntervalInSeconds"]);
  if (hints.has("SizeInMBs") !== hints.has("IntervalInSeconds")) {
    throw own.refusal(
      "BufferingHints",
      "has one of SizeInMBs and IntervalInSeconds, and needs both or none.",
    );
  }
  const size = { least: leastMiB, most: mostMiB, fallback: defaultMiB };
  return {
    bytes: hints.number("SizeInMBs", size) * MiB,
    milliseconds: hints.number("IntervalInSeconds", interval) * 1000,
  };
}
