/** The options of `firehoseTransform` with their defaults: checked once, at start, where a mistake costs nothing. */
import {
  aBoolean,
  aDecoder,
  aFunction,
  aLogger,
  aMargin,
  aMetricsSink,
  anObject,
  aPipeline,
  type Completed,
  complete,
  count,
  number,
  type OptionRules,
  refusing,
  type Standards,
} from "../handler/option-rules.ts";
import { type Dropped, decodeFunctionOf } from "../record/decode/decoder.ts";
import { bytes } from "../record/decode/text.ts";
import { encodeAsIs, encodeFunctionOf, encodesJson } from "../record/encode.ts";
import { type AnyOutputs, stepsIn, stepsOf } from "../record/pipeline.ts";
import { callOf } from "../record/uncalled.ts";
import { isFunction } from "../values/kinds.ts";
import type { Join } from "./join-outputs.ts";
import type { AnyTransformOptions, TransformContext } from "./options.ts";
import type { Overflow } from "./overflow.ts";
import type { FirehoseRecord } from "./record.ts";
import { lambdaLimit } from "./response.ts";

/** What every option must be. */
export const transformOptions = {
  __proto__: null,
  decode: aDecoder,
  transform: aFunction,
  pipeline: aPipeline,
  partitionBy: aFunction,
  otfMetadata: aFunction,
  encode: [
    (value) => isFunction(encodeFunctionOf(value)) && callOf(value) === undefined,
    (value) => callOf(value) ?? "an encoder such as toJsonLines() or toCsv()",
  ],
  delimiter: [(value) => typeof value === "string", "text"],
  trailingDelimiter: aBoolean,
  concurrency: count,
  marginMs: aMargin,
  maxResponseBytes: number(1000, lambdaLimit, "bytes"),
  overflow: [
    (value) => [value].flat().every((each) => typeof each?.take === "function"),
    "s3Overflow(), reingest() or a list of such",
  ],
  logPayload: aBoolean,
  logger: aLogger,
  metrics: aMetricsSink,
  runtime: anObject,
} satisfies OptionRules<AnyTransformOptions>;

/** What an option is when it is left out. */
const standards = {
  encode: encodeAsIs,
  trailingDelimiter: true,
  concurrency: 10,
  maxResponseBytes: 5_900_000,
  overflow: [],
  logPayload: false,
} satisfies Standards<AnyTransformOptions>;

const refuse = refusing("firehoseTransform");

/** The options as they were completed, but for those that the plan has in another form. */
export type TransformPlan = Omit<
  Completed<AnyTransformOptions, typeof standards>,
  | ("decode" | "transform" | "pipeline" | "partitionBy")
  | ("encode" | "delimiter" | "trailingDelimiter" | "overflow")
> & {
  readonly steps: (
    data: Uint8Array,
    record: FirehoseRecord,
    context: TransformContext,
  ) => AnyOutputs | Dropped | PromiseLike<AnyOutputs | Dropped>;
  readonly join: Join;
  readonly overflow: readonly Overflow[];
};

export function planOf(options: AnyTransformOptions): TransformPlan {
  const chosen = complete<AnyTransformOptions, typeof standards>(
    refuse,
    transformOptions,
    standards,
    options,
  );
  const { decode, delimiter, overflow, partitionBy, pipeline, transform } = chosen;
  for (const option of ["decode", "transform", "partitionBy"] as const) {
    refuse(
      Boolean(pipeline && chosen[option]),
      `either pipeline or ${option}: a pipeline has steps of its own.`,
    );
  }
  return {
    ...chosen,
    steps:
      stepsIn(pipeline) ??
      stepsOf({
        decode: decodeFunctionOf(decode ?? bytes()),
        map: transform,
        partition: partitionBy,
      }),
    join: {
      encode: encodeFunctionOf(chosen.encode),
      isJson: encodesJson(chosen.encode),
      delimiter,
      trailing: chosen.trailingDelimiter,
    },
    overflow: [overflow].flat(),
  };
}
