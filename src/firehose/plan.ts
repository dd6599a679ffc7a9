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
  complete,
  count,
  number,
  type OptionTable,
  refusing,
} from "../handler/option-rules.ts";
import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import type { MetricsSink } from "../observe/metrics.ts";
import { type DecoderLike, type Dropped, decodeFunctionOf } from "../record/decode/decoder.ts";
import { bytes } from "../record/decode/text.ts";
import { type AnyOutputs, type Pipeline, stepsIn, stepsOf } from "../record/pipeline.ts";
import { callOf } from "../record/uncalled.ts";
import { isFunction } from "../values/kinds.ts";
import { type Encoder, encodeAsIs, encodeFunctionOf, encodesJson } from "./encode.ts";
import type { Join } from "./join-outputs.ts";
import type { TransformContext, TransformOptions } from "./options.ts";
import type { Overflow } from "./overflow.ts";
import type { FirehoseRecord } from "./record.ts";
import { lambdaLimit, type OtfMetadata } from "./response.ts";

export interface TransformPlan {
  readonly steps: (
    data: Uint8Array,
    record: FirehoseRecord,
    context: TransformContext,
  ) => AnyOutputs | Dropped | PromiseLike<AnyOutputs | Dropped>;
  readonly join: Join;
  readonly otfMetadata:
    | ((
        value: unknown,
        record: FirehoseRecord,
      ) => OtfMetadata | undefined | PromiseLike<OtfMetadata | undefined>)
    | undefined;
  readonly concurrency: number;
  readonly marginMs: number | undefined;
  readonly maxResponseBytes: number;
  readonly overflow: readonly Overflow[];
  readonly logPayload: boolean;
  readonly logger: Logger | undefined;
  readonly metrics: MetricsSink | false | undefined;
  readonly runtime: Partial<Runtime> | undefined;
}

/** Every option: what it must be, and what it is when it is left out. */
export const transformOptions: OptionTable<keyof TransformOptions<unknown, unknown>> = {
  decode: [aDecoder],
  transform: [aFunction],
  pipeline: [aPipeline],
  partitionBy: [aFunction],
  otfMetadata: [aFunction],
  encode: [
    [
      (value) => isFunction(encodeFunctionOf(value)) && callOf(value) === undefined,
      (value) => callOf(value) ?? "an encoder such as toJsonLines() or toCsv()",
    ],
    encodeAsIs,
  ],
  delimiter: [[(value) => typeof value === "string", "text"]],
  trailingDelimiter: [aBoolean, true],
  concurrency: [count, 10],
  marginMs: [aMargin],
  maxResponseBytes: [number(1000, lambdaLimit, `1,000 to ${lambdaLimit} bytes`), 5_900_000],
  overflow: [
    [
      (value) => [value].flat().every((each) => typeof each?.take === "function"),
      "s3Overflow(), reingest() or a list of such",
    ],
    [],
  ],
  logPayload: [aBoolean, false],
  logger: [aLogger],
  metrics: [aMetricsSink],
  runtime: [anObject],
};

const refuse = refusing("firehoseTransform");

type Complete = Omit<TransformPlan, "steps" | "join" | "overflow"> & {
  readonly decode: DecoderLike<unknown, FirehoseRecord> | undefined;
  readonly transform: TransformOptions<unknown, unknown>["transform"] | undefined;
  readonly partitionBy: TransformOptions<unknown, unknown>["partitionBy"];
  readonly pipeline: Pipeline<AnyOutputs> | undefined;
  readonly encode: Encoder<unknown>;
  readonly delimiter: string | undefined;
  readonly trailingDelimiter: boolean;
  readonly overflow: Overflow | readonly Overflow[];
};

export function planOf(options: object): TransformPlan {
  const chosen = complete(refuse, transformOptions, { ...options }) as unknown as Complete;
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
