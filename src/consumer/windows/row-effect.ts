/** What windows of either kind ask of a consumer: their own version of it, and a `process` that gets rows. */
import { refusing } from "../../handler/option-rules.ts";
import { version } from "../../handler/version.ts";
import { isFunction } from "../../values/kinds.ts";
import type { ProcessContext } from "../options.ts";
import type { MachinePlan } from "../plan.ts";

export const refuse = refusing("kinesisConsumer");

type GivenRow = (row: any, context: ProcessContext) => unknown;

/** The effect of a row. Refuses what is not for rows. */
export function rowEffect<T>(
  process: GivenRow,
  others: object,
  consumerVersion: string | undefined,
): MachinePlan<T>["effectOf"] {
  refuse(
    consumerVersion !== version,
    `window comes from shardmill ${version}, and the consumer from ${consumerVersion ?? "an older version"}. Have one version: npm ls shardmill shows both.`,
  );
  refuse(!isFunction(process), "window needs process, a function that gets one row.");
  refuse(
    (others as { readonly processBatch?: unknown }).processBatch !== undefined,
    "window needs process, which gets one row: there is no processBatch of rows.",
  );
  return () => ({
    process: (row: any, _: unknown, context: ProcessContext) => process(row, context),
    processBatch: undefined,
  });
}
