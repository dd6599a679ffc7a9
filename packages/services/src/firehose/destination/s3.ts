/** S3: records, backups and failures, gathered and written as objects. */
import type { Clock } from "../../../../../src/time/clock.ts";
import { type Random, randomUuid } from "../../../../../src/time/random.ts";
import type { Activity } from "../activity.ts";
import { type BufferClock, type RecordBuffer, recordBuffer } from "../buffer.ts";
import type { Convert } from "../parquet/convert.ts";
import type { PartitionKeys } from "../prefix/expression.ts";
import { objectSuffix } from "../prefix/object-name.ts";
import type { DeliveryRecord, ErrorOutputType, Failure } from "../record.ts";
import type { S3Plan } from "../settings/plan.ts";
import { compressions } from "./compression.ts";
import { deliveryBuffer, type Writer } from "./delivery-buffer.ts";
import type { DeliverObject } from "./object-delivery.ts";

export interface S3WriterOptions {
  readonly clock: Clock;
  readonly bufferClock: BufferClock;
  readonly random: Random;
  /** The name of the delivery stream. */
  readonly name: string;
  readonly plan: S3Plan;
  readonly deliver: DeliverObject;
  /** Milliseconds in which an object is tried again. */
  readonly retryFor: number;
  readonly activity: Activity;
}

const contentType = "application/octet-stream";

/** Objects of records one after the other, under one prefix. */
export function recordWriter(
  options: S3WriterOptions & {
    readonly holds: "records" | "backup";
    readonly partitionKeys?: PartitionKeys;
    /** What an item puts into the object. */
    readonly bytesOf: (record: DeliveryRecord) => Uint8Array;
    readonly convert?: Convert | undefined;
    onDelivered(records: readonly DeliveryRecord[], delivered: boolean, key: string): void;
    /** Resolves once what could not be converted is written. */
    onRejected?(failures: readonly Failure[]): Promise<void>;
  },
): Writer<DeliveryRecord> {
  const { clock, random, name, plan, deliver, retryFor, holds, bytesOf } = options;

  async function write(records: readonly DeliveryRecord[]): Promise<void> {
    const converted = options.convert?.(records);
    if (converted && converted.rejects.length > 0) await options.onRejected?.(converted.rejects);
    const kept = converted ? converted.records : records;
    if (kept.length === 0) return;
    const oldest = oldestOf(kept);
    const { partitionKeys } = options;
    const values = { oldest, random, ...(partitionKeys && { partitionKeys }) };
    const { extension, contentEncoding, compress } = compressions[plan.compression];
    const whole = converted ? converted.bytes : Buffer.concat(kept.map(bytesOf));
    const suffix = objectSuffix(
      name,
      plan.prefixes.suffixTime(oldest),
      random,
      plan.extension ?? (converted ? ".parquet" : extension),
    );
    const key = plan.prefixes.records(values) + suffix;
    const delivered = await deliver({
      bucket: plan.bucket,
      key,
      bytes: compress(whole, { name: randomUuid(random), modifiedAt: clock.now() }),
      records: kept.length,
      holds,
      retryFor,
      contentType,
      ...(contentEncoding !== undefined && { contentEncoding }),
    });
    options.onDelivered(kept, delivered, key);
  }

  return deliveryBuffer(options, write, (record) => bytesOf(record).length);
}

export interface FailureWriterOptions extends S3WriterOptions {
  readonly lineOf: (failure: Failure) => string;
  onDelivered(failures: readonly Failure[], delivered: boolean): void;
}

export interface FailureWriter extends Writer<Failure> {
  /** Writes these at once, and tries for ever. */
  writeNow(type: ErrorOutputType, failures: readonly Failure[]): Promise<void>;
}

/** Failure objects: a folder, and a buffer, for each type of failure. */
export function failureWriter(options: FailureWriterOptions): FailureWriter {
  const { clock, random, name, plan, deliver, retryFor, activity, lineOf } = options;
  const buffers = new Map<ErrorOutputType, RecordBuffer<Failure>>();

  async function write(
    type: ErrorOutputType,
    failures: readonly Failure[],
    tryFor: number,
  ): Promise<void> {
    const oldest = oldestOf(failures.map(({ record }) => record));
    const prefix = plan.prefixes.failures({ oldest, random, errorOutputType: type });
    const time = plan.prefixes.suffixTime(oldest);
    const { extension, contentEncoding, compress } = compressions[plan.compression];
    const delivered = await deliver({
      bucket: plan.bucket,
      key: prefix + objectSuffix(name, time, random, extension),
      bytes: compress(Buffer.from(failures.map(lineOf).join("")), {
        name: randomUuid(random),
        modifiedAt: clock.now(),
      }),
      records: failures.length,
      holds: type,
      retryFor: tryFor,
      contentType,
      ...(contentEncoding !== undefined && { contentEncoding }),
    });
    options.onDelivered(failures, delivered);
  }

  function bufferOf(type: ErrorOutputType): RecordBuffer<Failure> {
    const known = buffers.get(type);
    if (known) return known;
    const buffer = recordBuffer<Failure>(options.bufferClock, plan.hints, (failures) => {
      const ended = activity.begin();
      void write(type, failures, retryFor).finally(ended);
    });
    buffers.set(type, buffer);
    return buffer;
  }

  return {
    add: (failure) => bufferOf(failure.type).add(failure, lineOf(failure).length),
    writeNow: (type, failures) => write(type, failures, Number.POSITIVE_INFINITY),
    flush() {
      for (const buffer of buffers.values()) buffer.flush();
    },
    get isEmpty() {
      return [...buffers.values()].every(({ isEmpty }) => isEmpty);
    },
  };
}

/** When the oldest arrived. */
export const oldestOf = (records: readonly DeliveryRecord[]) =>
  records.reduce((oldest, { arrivedAt }) => Math.min(oldest, arrivedAt), Number.POSITIVE_INFINITY);
