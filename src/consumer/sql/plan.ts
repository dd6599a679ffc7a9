/** From the options of `sqlConsumer` to a consumer's plan: the application is read and planned once in an environment. */
import { refusing } from "../../handler/option-rules.ts";
import { type DecodeFunction, decodeFunctionOf } from "../../record/decode/decoder.ts";
import { bytes } from "../../record/decode/text.ts";
import { NonRetryableError } from "../../record/errors.ts";
import { sqlApplication } from "../../sql/application.ts";
import { classify } from "../../sql/plan/classify.ts";
import type { ApplicationPlan } from "../../sql/plan/plan.ts";
import { recordDecoder } from "../../sql/schema/decode.ts";
import { errorStream, markOf, type ShardApplication } from "../../sql/shard/application.ts";
import type { ShardMachine } from "../../sql/shard/shard-machine.ts";
import { sourceReader, systemColumns } from "../../sql/shard/source-reader.ts";
import { nearest } from "../../sql/text/nearest.ts";
import { isFunction } from "../../values/kinds.ts";
import { checkNumber } from "../../values/number-option.ts";
import { attempt } from "../../values/ready.ts";
import type { KinesisConsumerOptions } from "../options.ts";
import type { MachinePlan, Plan } from "../plan.ts";
import { merge } from "../state/merged.ts";
import { countedPlanOf } from "../state/plan.ts";
import { sqlKind, Undecoded } from "./kind.ts";
import type { SqlConsumerOptions } from "./options.ts";
import { references } from "./references.ts";

const refuse = refusing("sqlConsumer");

/** Throws TypeError, and SqlError with line, column, and what to write instead. */
export function sqlPlanOf(options: SqlConsumerOptions): Plan<unknown> {
  const { errors, maxStateBytes, output, partitionKey, reference, source, sql, startedAt, ...own } =
    options;
  for (const option of ["sql", "source", "output"] as const)
    refuse(!options[option], `${option} is missing.`);
  refuse(
    "process" in own || "processBatch" in own || "decode" in own || "window" in own,
    "output says where rows go, and decode stands in source: there is no process, processBatch, decode or window.",
  );
  checkNumber("sqlConsumer: maxStateBytes", maxStateBytes, { least: 1024, most: 2 ** 32 });
  const names = Object.keys(source);
  refuse(
    names.length !== 1,
    `source must be one: a function reads one stream, and there are ${names.length}: ${names.join(", ")}.`,
  );
  const [name, schema] = Object.entries(source)[0]!;
  const application = sqlApplication({ partitionKey, reference, source, sql, startedAt });
  const { plan, pumps } = application;
  checkOutputs(plan, output);
  refuse(errors !== undefined && !isFunction(errors), "errors must be a function or a sink.");
  const tables = references(reference ?? {});
  const uses = (column: string) => application.text.toUpperCase().includes(column);
  const outputs = new Set([...Object.keys(output), ...(errors ? [errorStream] : [])]);
  const { places, stages } = classify(plan, partitionKey ?? {});
  const shardApplication: ShardApplication = {
    plan,
    source: name,
    read: sourceReader(plan, name, recordDecoder(schema, name, systemColumns), uses),
    places,
    outputs,
    tables: tables.tables,
    maxStateBytes: maxStateBytes ?? 16 * 2 ** 20,
    mark: markOf(plan),
    part: undefined,
  };
  const decode = decodeFunctionOf(schema.decode ?? bytes());
  refuse(!isFunction(decode), `source.${name}.decode must be a decoder such as json().`);
  const { uniqueId } = own;
  const given = {
    ...own,
    decode: lenient(decode),
    process: refuseLate,
    uniqueId: uniqueId && uniqueIdOf(uniqueId),
  } as unknown as KinesisConsumerOptions<unknown>;
  return countedPlanOf(given, "sqlConsumer", "tables and windows", refuse, {
    kind: sqlKind(shardApplication, pumps, stages),
    ...(stages && { merge }),
    effectOf: (stream) => ({
      process: undefined,
      processBatch: (stream === errorStream ? errors : output[stream]) as never,
    }),
    hasLate: false,
    report: reporter(options.logPayload === true),
    prepare: tables.prepare,
  });
}

function checkOutputs({ streams }: ApplicationPlan, output: SqlConsumerOptions["output"]): void {
  const known = streams.map(({ name }) => name);
  const given = Object.entries(output);
  refuse(given.length === 0, `output names no stream; there are ${known.join(", ")}.`);
  for (const [name, effect] of given) {
    const near = nearest(name, known);
    refuse(
      !known.includes(name),
      `output names ${name}, and the application has no such stream: there are ${known.join(", ")}.${near ? ` Did you mean ${near}?` : ""}`,
    );
    refuse(
      !isFunction(effect),
      `output.${name} must be a function that takes rows, or a sink, and no generator.`,
    );
  }
}

/** What cannot be read is a row of the error stream, as in Kinesis Analytics: it stops no shard. */
const lenient =
  (decode: DecodeFunction<unknown>): DecodeFunction<unknown> =>
  (data, record) =>
    attempt(
      () => decode(data, record),
      (value) => value,
      (error) => new Undecoded(error, data),
    );

const uniqueIdOf =
  (given: NonNullable<SqlConsumerOptions["uniqueId"]>): typeof given =>
  (value, record) =>
    value instanceof Undecoded ? undefined : given(value, record);

/** Of a record that was parked, and that a redrive brings back. */
const refuseLate = () => {
  throw new NonRetryableError(
    "It was parked, and the application has gone on without it: its time is over. Put what it says anew, or leave it parked.",
  );
};

const reporter =
  (logPayload: boolean): MachinePlan<unknown>["report"] =>
  (machine, late, logger, where) => {
    const errors = (machine as ShardMachine).errors.splice(0);
    const [first] = errors;
    if (first) {
      const { ERROR_NAME, PUMP_NAME, MESSAGE } = first;
      logger.warn(
        `${errors.length} ${errors.length === 1 ? "row has" : "rows have"} failed and went to the error stream; the first in ${PUMP_NAME}, for ${ERROR_NAME}. The option errors takes them.`,
        { ...where, count: errors.length, ...(logPayload ? { first: { ...first, MESSAGE } } : {}) },
      );
    }
    if (late === 0) return;
    logger.warn(
      `${late} ${late === 1 ? "record has" : "records have"} come after the shard's children had taken its state over, and count nowhere.`,
      { ...where, count: late },
    );
  };
