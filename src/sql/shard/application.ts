/** What the machines of all shards have in common: one application, its source, where its rows go, its tables. */

import type { KeyPlaces } from "../plan/classify.ts";
import { explain } from "../plan/explain.ts";
import type { ApplicationPlan } from "../plan/plan.ts";
import type { Row } from "../run/evaluate.ts";
import type { MachinePart } from "../run/machine.ts";
import type { SourceReader } from "./source-reader.ts";

/** The name that the error stream has among outputs: no stream of an application has it in lower case without quotes. */
export const errorStream = "error_stream";

/** Rows of reference tables as they are now. */
export interface Tables {
  /** Another one: they have changed. */
  readonly version: number;
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

export interface ShardApplication {
  readonly plan: ApplicationPlan;
  /** The name of its source. */
  readonly source: string;
  readonly read: SourceReader;
  readonly places: KeyPlaces;
  /** Streams whose rows go somewhere; `errorStream` among them. */
  readonly outputs: ReadonlySet<string>;
  readonly tables: () => Tables;
  readonly maxStateBytes: number;
  /** Two that have one can read each other's changes. */
  readonly mark: number;
  /** In a shard what stands below the cuts, and where shards are merged what stands above. Undefined: all of it. */
  readonly part: MachinePart | undefined;
}

/** The plan's text in few bytes (FNV-1a): changes are written often. */
export function markOf(plan: ApplicationPlan, part?: MachinePart): number {
  const text = `${explain(plan)}${part ? `\n${part.isAbove ? "above" : "below"}` : ""}`;
  let mark = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) mark = Math.imul(mark ^ text.charCodeAt(at), 0x01000193);
  return mark >>> 8;
}

/** All streams that rows may come out of, in an order that does not change: numbers in what is written are places in it. */
export const streamsOf = ({ streams }: ApplicationPlan): readonly string[] => [
  errorStream,
  ...streams.map(({ name }) => name),
];
