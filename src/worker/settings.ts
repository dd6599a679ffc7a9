/** The options of a worker, checked once at the start, with their defaults. */
import { type BatchSettings, defaultBatchSettings } from "../mapping/settings.ts";
import { isDate, isFunction } from "../values/kinds.ts";
import { checkNumber } from "../values/number-option.ts";
import { checkNames } from "../values/option-names.ts";
import type { WorkerHandler } from "./invocation.ts";
import type { BatchOptions, RetryOptions, WorkerOptions } from "./options.ts";
import { polling } from "./reading/polling.ts";

export type CompletedOptions = ReturnType<typeof completed>;

type Names<Options> = Readonly<Record<keyof Options, true>>;

const names: Names<WorkerOptions> = {
  ...{ application: true, stream: true, client: true, leases: true, initialPosition: true },
  ...{ retrieval: true, batch: true, retry: true, failoverMs: true, checkpointEveryMs: true },
  ...{ handoffMs: true, workerId: true, maxLeases: true, maxBufferedBytes: true },
  ...{ functionArn: true, metrics: true, on: true, signal: true, runtime: true },
};
const ofBatch: Names<BatchOptions> = {
  ...{ size: true, windowMs: true, timeoutMs: true, parallelizationFactor: true },
};
const ofRetry: Names<RetryOptions> = {
  ...{ maximumRetryAttempts: true, maximumRecordAgeInSeconds: true },
  ...{ bisectBatchOnFunctionError: true, onFailure: true },
};

export function completed(handler: WorkerHandler, given: WorkerOptions) {
  const { failoverMs = 10_000, batch = {}, retry = {} } = given;
  if (!isFunction(handler)) throw new TypeError("runWorker: the handler must be a function.");
  checkNames("runWorker", given, names);
  checkNames("runWorker: batch", batch, ofBatch);
  checkNames("runWorker: retry", retry, ofRetry);
  for (const name of ["application", "stream"] as const) {
    if (given[name]?.length > 0 && [given[name]].flat().every((one) => one.length > 0)) continue;
    throw new TypeError(
      `runWorker: no ${name}. If it comes from an environment variable, set that where the worker runs.`,
    );
  }
  const whole = { least: 1, isWhole: true };
  checkNumber("runWorker: failoverMs", failoverMs, { least: 1000, most: 3_600_000 });
  checkNumber("runWorker: handoffMs", given.handoffMs, { least: 0 });
  checkNumber("runWorker: maxLeases", given.maxLeases, { least: 1 });
  checkNumber("runWorker: maxBufferedBytes", given.maxBufferedBytes, { least: 1 });
  checkNumber("runWorker: checkpointEveryMs", given.checkpointEveryMs, {
    least: 100,
    most: failoverMs / 3,
  });
  checkNumber("runWorker: batch.size", batch.size, { ...whole, most: 10_000 });
  checkNumber("runWorker: batch.windowMs", batch.windowMs, { least: 0, most: 300_000 });
  checkNumber("runWorker: batch.timeoutMs", batch.timeoutMs, { least: 1 });
  checkNumber("runWorker: batch.parallelizationFactor", batch.parallelizationFactor, {
    ...whole,
    most: 10,
  });
  const range = { least: -1, isWhole: true };
  checkNumber("runWorker: retry.maximumRetryAttempts", retry.maximumRetryAttempts, {
    ...range,
    most: 10_000,
  });
  checkNumber("runWorker: retry.maximumRecordAgeInSeconds", retry.maximumRecordAgeInSeconds, {
    ...range,
    most: 604_800,
  });
  const { initialPosition = "TRIM_HORIZON" } = given;
  const isMoment = isDate(initialPosition) && !Number.isNaN(initialPosition.getTime());
  if (!isMoment && !["TRIM_HORIZON", "LATEST"].includes(initialPosition as string)) {
    throw new TypeError(
      `runWorker: initialPosition must be "TRIM_HORIZON", "LATEST" or a date; it is ${String(initialPosition)}.`,
    );
  }
  const { retrieval = polling(), leases } = given;
  if (!isFunction(retrieval.prepare)) {
    throw new TypeError("runWorker: retrieval must be polling() or fanOut().");
  }
  if (leases !== undefined && !isFunction(leases.open)) {
    throw new TypeError("runWorker: leases must be kclLeases() or memoryLeases().");
  }
  const { metrics = false } = given;
  if (typeof metrics !== "boolean" && !isFunction(metrics?.addMetric)) {
    throw new TypeError(
      "runWorker: metrics must be true, false, or something with addMetric, such as Powertools' Metrics.",
    );
  }
  return {
    ...given,
    metrics,
    initialPosition,
    failoverMs,
    checkpointEveryMs: given.checkpointEveryMs ?? failoverMs / 3,
    handoffMs: given.handoffMs ?? 30_000,
    maxLeases: given.maxLeases ?? Number.POSITIVE_INFINITY,
    maxBufferedBytes: given.maxBufferedBytes ?? 64 * 1024 * 1024,
    retrieval,
    batch: {
      size: 100,
      windowMs: 0,
      timeoutMs: 60_000,
      parallelizationFactor: 1,
      ...defined(batch),
    },
    retry: {
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: -1,
      bisectBatchOnFunctionError: true,
      ...defined(retry),
    },
  };
}

/** The settings that Lambda's event source mapping would have. */
export function batchSettings({
  batch,
  retry,
}: Pick<CompletedOptions, "batch" | "retry">): Required<BatchSettings> {
  return {
    ...defaultBatchSettings,
    batchSize: batch.size,
    maximumBatchingWindowInSeconds: batch.windowMs / 1000,
    parallelizationFactor: batch.parallelizationFactor,
    maximumRetryAttempts: retry.maximumRetryAttempts,
    maximumRecordAgeInSeconds: retry.maximumRecordAgeInSeconds,
    bisectBatchOnFunctionError: retry.bisectBatchOnFunctionError,
    functionResponseTypes: ["ReportBatchItemFailures"],
  };
}

function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { [K in keyof T]: Exclude<T[K], undefined> };
}
