/** The options with their defaults, each checked at start. */
import { isFunction } from "../values/kinds.ts";
import { checkNumber, type NumberRange } from "../values/number-option.ts";
import type { KinesisProducerOptions } from "./options.ts";

export interface Settings {
  readonly isOrdered: boolean;
  readonly failsKey: boolean;
  readonly aggregation: { readonly maxSize: number; readonly maxCount: number } | undefined;
  readonly collection: { readonly maxSize: number; readonly maxCount: number };
  readonly maxBufferedMs: number;
  readonly ttlMs: number;
  readonly failIfThrottled: boolean;
  readonly requestTimeoutMs: number;
  readonly maxRequests: number;
  readonly maxOutstanding: { readonly records: number; readonly bytes: number };
  readonly rateLimitPercent: number;
  readonly maxRecordBytes: number;
}

const mebibyte = 1024 * 1024;
const mostMs = 2 ** 53;

/** @throws TypeError, RangeError for what is no such option. */
export function settingsOf(options: KinesisProducerOptions<never>): Settings {
  const { order = "partitionKey", afterGivenUp = "continue", aggregation = {} } = options;
  oneOf("order", order, ["partitionKey", "none"]);
  oneOf("afterGivenUp", afterGivenUp, ["continue", "failKey"]);
  for (const name of ["on", "encode"] as const) {
    const { [name]: given } = options;
    const isGood =
      given === undefined || isFunction((given as { encode?: unknown }).encode ?? given);
    if (!isGood)
      throw new TypeError(`kinesisProducer: ${name} must be a function, and no generator.`);
  }
  const number = (
    name: string,
    given: number | undefined,
    standard: number,
    range: NumberRange,
  ) => {
    checkNumber(`kinesisProducer: ${name}`, given, range);
    return given ?? standard;
  };
  const ms = (name: string, given: number | undefined, standard: number, least: number) =>
    number(name, given, standard, {
      least,
      most: given === Number.POSITIVE_INFINITY ? given : mostMs,
    });
  const whole = (
    name: string,
    given: number | undefined,
    standard: number,
    most: number,
    least = 1,
  ) => number(name, given, standard, { least, most, isWhole: true });
  const { collection = {}, maxOutstanding = {} } = options;
  return {
    isOrdered: order === "partitionKey",
    failsKey: afterGivenUp === "failKey",
    aggregation: aggregation && {
      maxSize: whole("aggregation.maxSize", aggregation.maxSize, 51_200, 10 * mebibyte, 64),
      maxCount: whole("aggregation.maxCount", aggregation.maxCount, 4_294_967_295, 4_294_967_295),
    },
    collection: {
      maxCount: whole("collection.maxCount", collection.maxCount, 500, 500),
      maxSize: whole("collection.maxSize", collection.maxSize, 10 * mebibyte, 10 * mebibyte),
    },
    maxBufferedMs: number("maxBufferedMs", options.maxBufferedMs, 100, { least: 0, most: mostMs }),
    ttlMs: ms("ttlMs", options.ttlMs, 30_000, 100),
    failIfThrottled: options.failIfThrottled === true,
    requestTimeoutMs: whole("requestTimeoutMs", options.requestTimeoutMs, 6000, mostMs, 100),
    maxRequests: whole("maxRequests", options.maxRequests, 24, 256),
    maxOutstanding: {
      records: whole("maxOutstanding.records", maxOutstanding.records, 50_000, mostMs),
      bytes: whole("maxOutstanding.bytes", maxOutstanding.bytes, 32 * mebibyte, mostMs),
    },
    rateLimitPercent: number("rateLimitPercent", options.rateLimitPercent, 100, {
      least: 1,
      most: 1000,
    }),
    maxRecordBytes: whole("maxRecordBytes", options.maxRecordBytes, mebibyte, 10 * mebibyte),
  } as Settings;
}

function oneOf(option: string, value: unknown, values: readonly string[]): void {
  if (values.includes(value as string)) return;
  const wanted = values.map((one) => JSON.stringify(one)).join(" or ");
  throw new TypeError(`kinesisProducer: ${option} must be ${wanted}; it is ${String(value)}.`);
}
