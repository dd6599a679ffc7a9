/** Amazon Data Firehose: a delivery stream, its settings and its life. */

import { systemClock } from "../../../../src/time/clock.ts";
import { untilQuiet, virtual } from "../../../../src/time/passing-time.ts";
import { systemRandom } from "../../../../src/time/random.ts";
import { checkNumber } from "../../../../src/values/number-option.ts";
import { activity as newActivity } from "./activity.ts";
import { backupWriter } from "./backup.ts";
import type { BufferClock } from "./buffer.ts";
import type { DeliveryContext } from "./context.ts";
import type { Writer } from "./destination/delivery-buffer.ts";
import { objectDelivery } from "./destination/object-delivery.ts";
import { failureWriter } from "./destination/s3.ts";
import { streamNotFound } from "./error.ts";
import { failureLine, failureOrigin } from "./failure-object.ts";
import { checkBatch, checkName, checkPut, checkRecord, recordIdOf, slowDown } from "./intake.ts";
import { pipeline } from "./pipeline.ts";
import type { DeliveryRecord } from "./record.ts";
import { readSettings } from "./settings/read.ts";
import type { RunningSource, SourceStream } from "./source.ts";
import { newTrace } from "./trace.ts";
import type { DeliveryCounts, DeliveryStream, DeliveryStreamOptions, PutResult } from "./types.ts";

const hour = 3_600_000;

/**
 * Takes records as Firehose does, transforms them with a function, and delivers them to a bucket or
 * to an HTTP endpoint. Throws a FirehoseError for settings that Firehose refuses, and for those
 * that are not run here.
 */
export function createDeliveryStream(options: DeliveryStreamOptions): DeliveryStream {
  const { name, settings, kinesis } = options;
  const { clock = kinesis?.clock ?? systemClock, random = systemRandom } = options;
  const { longestWaitMs = Number.POSITIVE_INFINITY } = options;
  checkName(name);
  checkNumber(`${name}: longestWaitMs`, longestWaitMs, { least: 0 });
  checkNumber(`${name}: activePartitions`, options.activePartitions, { least: 1, isWhole: true });
  const plan = readSettings(name, settings);
  const region = options.region ?? kinesis?.region ?? "us-east-1";
  const accountId = options.accountId ?? kinesis?.accountId ?? "123456789012";
  const arn = `arn:aws:firehose:${region}:${accountId}:deliverystream/${name}`;
  const trace = newTrace(options.trace ?? true, options.on);
  const activity = newActivity(virtual(clock));
  const counts: DeliveryCounts = {
    ...{ incoming: 0, delivered: 0, dropped: 0, failed: 0, backedUp: 0, lost: 0 },
  };
  const sourceStream =
    plan.kinesisStream === undefined ? undefined : findSource(plan.kinesisStream, options);
  const { bucket } = options;
  const bucketNamed = typeof bucket === "function" ? bucket : () => bucket;
  const deliver = objectDelivery({ clock, trace, activity, bucketNamed });
  const retryFor = sourceStream ? sourceStream.retentionHours * hour : 24 * hour;
  /** How many calls want everything delivered at once. */
  let hurries = 0;
  const bufferClock: BufferClock = {
    after: (ms, fire) => clock.after(hurries > 0 ? 0 : Math.min(ms, longestWaitMs), fire),
  };
  const shared = { name, clock, bufferClock, random, trace, activity, counts, deliver, retryFor };
  const origin = failureOrigin(plan, region, accountId);
  const failures = failureWriter({
    ...shared,
    plan: plan.failures,
    lineOf: (failure) => failureLine(failure, origin),
    onDelivered(failed, delivered) {
      counts[delivered ? "failed" : "lost"] += failed.length;
    },
  });
  const context: DeliveryContext = {
    ...shared,
    options,
    plan,
    failures,
    fail: failures.add,
    names: {
      deliveryStreamArn: arn,
      ...(sourceStream && { sourceKinesisStreamArn: sourceStream.arn }),
      region,
    },
  };
  const backup = plan.backup && backupWriter(context, plan.backup);
  const main = pipeline(context);
  const writers: readonly Writer<never>[] = [main, failures, ...(backup ? [backup] : [])];

  const createdAt = clock.now();
  let accepted = 0;
  let closed = false;
  let fault: { readonly error: unknown } | undefined;

  function take(record: DeliveryRecord): void {
    counts.incoming++;
    backup?.add(record);
    main.add(record);
  }

  const source: RunningSource | undefined = sourceStream?.read({
    startingPosition: options.startingPosition ?? "LATEST",
    onRecord: take,
    onRead: activity.notify,
    onFault(error) {
      fault = { error };
      activity.notify();
    },
  });
  const sourceType = source ? "KinesisStreamAsSource" : "DirectPut";

  function checkOpen(): void {
    if (closed) throw streamNotFound(name, accountId);
    checkPut(name, sourceType);
  }

  function accept(data: Uint8Array): PutResult {
    const recordId = recordIdOf(clock.now(), accepted++);
    // What the caller does with its bytes afterwards is its own affair.
    const own = Uint8Array.from(data);
    take({ id: recordId, data: own, raw: own, arrivedAt: clock.now() });
    return { recordId };
  }

  const isQuiet = () =>
    fault !== undefined ||
    (activity.underWay === 0 &&
      (source?.isQuiet ?? true) &&
      writers.every(({ isEmpty }) => isEmpty));

  /** What comes out of one buffer goes into the next one, which does not wait either. */
  async function flush(): Promise<void> {
    hurries++;
    try {
      await until(() => {
        source?.read();
        for (const writer of writers) writer.flush();
        return isQuiet();
      });
    } finally {
      hurries--;
    }
  }

  async function until(isDone: () => boolean): Promise<void> {
    await untilQuiet(clock, {
      isQuiet: isDone,
      isBusy: () => activity.underWay > 0,
      onChange: activity.onChange,
    });
    if (fault) throw fault.error;
  }

  return {
    name,
    arn,
    settings,
    sourceType,
    createdAt,
    counts,
    warnings: plan.warnings,
    get trace() {
      return trace.entries;
    },
    put(data) {
      checkOpen();
      checkRecord(data);
      return accept(data);
    },
    putBatch(records, refuses = () => false) {
      checkOpen();
      checkBatch(records);
      const responses = records.map((data) => (refuses(data) ? slowDown : accept(data)));
      const failedPutCount = responses.filter((one) => "errorCode" in one).length;
      return { failedPutCount, responses };
    },
    drain: () => until(isQuiet),
    flush,
    async close() {
      closed = true;
      source?.close();
      await flush();
    },
  };
}

/** Throws where there is nothing to read from. */
function findSource(
  stream: string,
  { name, kinesis }: Pick<DeliveryStreamOptions, "name" | "kinesis">,
): SourceStream {
  if (kinesis) return kinesis.sourceStream(stream, name);
  throw new TypeError(
    `Delivery stream ${name} reads ${stream}, and there is nothing to read it from: give \`kinesis\`.`,
  );
}
