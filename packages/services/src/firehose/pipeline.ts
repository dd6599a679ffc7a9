/**
 * The way of a record:
 *
 *   prepare ──▶ transform ──▶ keys ──▶ delimiter ──▶ destination
 *   gunzip,     the function  partition               S3, or a server
 *   split           │            │                       │
 *                   └─── failure objects ◀───────────────┘
 */
import { recordBuffer } from "./buffer.ts";
import type { DeliveryContext } from "./context.ts";
import type { Writer } from "./destination/delivery-buffer.ts";
import { httpWriter } from "./destination/http.ts";
import { partitions } from "./destination/partitions.ts";
import { recordWriter } from "./destination/s3.ts";
import { sendRequests } from "./destination/send-request.ts";
import { toOpensearch, toRedshift, toSplunk } from "./destination/servers.ts";
import { type Convert, converter } from "./parquet/convert.ts";
import type { PartitionKeys } from "./prefix/expression.ts";
import { checkLength } from "./prefix/object-name.ts";
import { partitionKeys } from "./processing/keys.ts";
import { prepare } from "./processing/prepare.ts";
import { type InvokeTransform, type Transformed, transformer } from "./processing/transform.ts";
import type { DeliveryRecord, Failure } from "./record.ts";
import type { DeliveryPlan, HttpPlan, S3Plan, TransformPlan } from "./settings/plan.ts";
import type { DeliveryStreamOptions } from "./types.ts";

/** Takes a source record on its way. */
export function pipeline(context: DeliveryContext): Writer<DeliveryRecord> {
  const { clock, plan, fail } = context;
  const { processing } = plan;
  const destination = destinationOf(context, plan.destination);
  const finish = (transformed: Transformed) => {
    destination.add(withDelimiter(transformed, processing.appendDelimiter));
  };
  const transform = processing.transform && buffered(context, processing.transform, finish);
  const enter = (record: DeliveryRecord) =>
    transform ? transform.add(record, record.data.length) : finish({ record, partitionKeys: {} });

  return {
    add(source) {
      const prepared = prepare(source, processing, clock.now());
      if ("errorCode" in prepared) fail(prepared);
      else for (const record of prepared) enter(record);
    },
    flush() {
      transform?.flush();
      destination.flush();
    },
    get isEmpty() {
      return (transform?.isEmpty ?? true) && destination.isEmpty;
    },
  };
}

function destinationOf(
  context: DeliveryContext,
  plan: DeliveryPlan["destination"],
): Writer<Transformed> {
  switch (plan.kind) {
    case "http":
      return plain(toEndpoint(context, plan));
    case "opensearch":
      return plain(toOpensearch(context, plan));
    case "splunk":
      return plain(toSplunk(context, plan));
    case "redshift":
      return plain(toRedshift(context, plan));
    case "s3":
      if (plan.partitioned) return toPartitions(context, plan);
      return plain(s3Writer(context, plan, conversion(context, plan)));
  }
}

/** Where a record goes does not depend on its keys. */
const plain = (writer: Writer<DeliveryRecord>): Writer<Transformed> => ({
  add: ({ record }) => writer.add(record),
  flush: writer.flush,
  get isEmpty() {
    return writer.isEmpty;
  },
});

function buffered(
  context: DeliveryContext,
  plan: TransformPlan,
  onTransformed: (transformed: Transformed) => void,
) {
  const { bufferClock, names, counts, fail } = context;
  const transform = transformer({
    ...context,
    plan,
    names,
    invoke: invokeOf(context.options, plan),
    onTransformed,
    onFailure: fail,
    onDropped() {
      counts.dropped++;
    },
  });
  return recordBuffer<DeliveryRecord>(bufferClock, plan.hints, transform);
}

function invokeOf({ name, invoke }: DeliveryStreamOptions, plan: TransformPlan): InvokeTransform {
  if (invoke) return invoke;
  throw new TypeError(
    `Delivery stream ${name} transforms with ${plan.lambdaArn}, and nothing runs it: give \`invoke\`.`,
  );
}

function withDelimiter(transformed: Transformed, delimiter: Uint8Array | undefined): Transformed {
  if (!delimiter) return transformed;
  const { record } = transformed;
  return { ...transformed, record: { ...record, data: Buffer.concat([record.data, delimiter]) } };
}

function s3Writer(
  context: DeliveryContext,
  plan: S3Plan,
  convert: Convert | undefined,
  keys?: PartitionKeys,
): Writer<DeliveryRecord> {
  const { counts, failures } = context;
  return recordWriter({
    ...context,
    plan,
    retryFor: plan.retryFor ?? context.retryFor,
    holds: "records",
    bytesOf: ({ data }) => data,
    convert,
    ...(keys && { partitionKeys: keys }),
    onDelivered(records, delivered) {
      counts[delivered ? "delivered" : "lost"] += records.length;
    },
    async onRejected(rejects) {
      await failures.writeNow("format-conversion-failed", rejects);
    },
  });
}

/** Undefined: records are delivered as they are. */
function conversion({ clock, options }: DeliveryContext, plan: S3Plan): Convert | undefined {
  if (!plan.conversion) return undefined;
  const { table } = plan.conversion;
  const { glueTable } = options;
  const found = typeof glueTable === "function" ? glueTable(table) : glueTable;
  if (found) return converter(plan.conversion, found, clock.now);
  throw new TypeError(
    `Delivery stream ${options.name} converts to Parquet, and the columns of ${table.databaseName}.${table.tableName} are not known: give \`glueTable\`, the TableInput of the table.`,
  );
}

const exceeded: Pick<Failure, "type" | "errorCode" | "errorMessage"> = {
  type: "activePartitionExceeded",
  errorCode: "DynamicPartitioning.ActivePartitionsLimitExceeded",
  errorMessage: "The number of active partitions has exceeded the configured limit",
};

function toPartitions(context: DeliveryContext, plan: S3Plan): Writer<Transformed> {
  const { clock, random, fail, options } = context;
  const { query } = context.plan.processing;
  const { prefixes } = plan;
  const convert = conversion(context, plan);
  const active = partitions(options.activePartitions ?? 500, (keys) =>
    s3Writer(context, plan, convert, keys),
  );
  return {
    add(transformed) {
      const { record } = transformed;
      const now = clock.now();
      const failed = { record, attemptsMade: 1, at: now };
      try {
        const keys = partitionKeys(transformed, { prefixes, query, now });
        checkLength(prefixes.records({ oldest: record.arrivedAt, random, partitionKeys: keys }));
        if (!active.add(record, keys)) fail({ ...failed, ...exceeded });
      } catch (error) {
        fail({
          ...failed,
          type: "metadata-extraction-failed",
          errorCode: "DynamicPartitioning.MetadataExtractionFailed",
          errorMessage: (error as Error).message,
        });
      }
    },
    flush: active.flush,
    get isEmpty() {
      return active.isEmpty;
    },
  };
}

function toEndpoint(context: DeliveryContext, plan: HttpPlan): Writer<DeliveryRecord> {
  const { clock, counts, trace, fail, options, names } = context;
  return httpWriter({
    ...context,
    plan,
    streamArn: names.deliveryStreamArn,
    send: options.send ?? sendRequests(),
    onFailure: fail,
    onDelivered(records) {
      counts.delivered += records.length;
    },
    onLost(records) {
      counts.lost += records.length;
      const error = new Error("The endpoint answered 413: what is too large for it, is not kept.");
      trace.add({
        type: "lost",
        at: clock.now(),
        records: records.length,
        holds: "records",
        error,
      });
    },
  });
}
