/** The options with their defaults, each checked at start. */
import { isFunction } from "../values/kinds.ts";
import { checkNumber } from "../values/number-option.ts";
import type { KinesisProducerOptions } from "./options.ts";

export interface Settings extends Record<keyof typeof numbers, number> {
  readonly isOrdered: boolean;
  readonly failsKey: boolean;
  readonly failIfThrottled: boolean;
  readonly aggregation: Record<keyof typeof ofAggregation, number> | undefined;
  readonly collection: Record<keyof typeof ofCollection, number>;
  readonly maxOutstanding: Record<keyof typeof ofMaxOutstanding, number>;
}

const mebibyte = 1024 * 1024;
const most = 2 ** 53;

/** The standard, the least, and the most. Whole numbers, but where there is no most. */
type Range = readonly [standard: number, least: number, most: number];
type Ranges = Readonly<Record<string, Range>>;

const numbers = {
  maxBufferedMs: [100, 0, most],
  ttlMs: [30_000, 100, Number.POSITIVE_INFINITY],
  requestTimeoutMs: [6000, 100, most],
  maxRequests: [24, 1, 256],
  rateLimitPercent: [100, 1, 1000],
  maxRecordBytes: [mebibyte, 1, 10 * mebibyte],
} satisfies Ranges;

const ofAggregation = {
  maxSize: [51_200, 64, 10 * mebibyte],
  maxCount: [4_294_967_295, 1, 4_294_967_295],
} satisfies Ranges;

const ofCollection = {
  maxCount: [500, 1, 500],
  maxSize: [10 * mebibyte, 1, 10 * mebibyte],
} satisfies Ranges;

const ofMaxOutstanding = {
  records: [50_000, 1, most],
  bytes: [32 * mebibyte, 1, most],
} satisfies Ranges;

/** @throws TypeError, RangeError for what is no such option. */
export function settingsOf(
  options: KinesisProducerOptions<never>,
  who = "kinesisProducer",
): Settings {
  const { order, afterGivenUp, aggregation, collection, maxOutstanding, on } = options;
  if (on && !isFunction(on))
    throw new TypeError(`${who}: on must be a function, and no generator.`);
  const given = <R extends Ranges>(group: string, options: object | undefined, ranges: R) =>
    withStandards(`${who}: ${group}`, options, ranges);
  const all = given("", options, numbers);
  const ofRequest = given("collection.", collection, ofCollection);
  const ofAggregates = given("aggregation.", aggregation || {}, ofAggregation);
  // The key of an aggregate counts too.
  const largest = Math.min(all.maxRecordBytes, ofRequest.maxSize) - 1;
  return {
    isOrdered: isFirst(`${who}: order`, order, "partitionKey", "none"),
    failsKey: !isFirst(`${who}: afterGivenUp`, afterGivenUp, "continue", "failKey"),
    failIfThrottled: options.failIfThrottled === true,
    aggregation:
      aggregation === false
        ? undefined
        : { ...ofAggregates, maxSize: Math.min(ofAggregates.maxSize, largest) },
    collection: ofRequest,
    maxOutstanding: given("maxOutstanding.", maxOutstanding, ofMaxOutstanding),
    ...all,
  };
}

function withStandards<R extends Ranges>(
  group: string,
  options: object | undefined,
  ranges: R,
): Record<keyof R, number> {
  const all = Object.entries(ranges).map(([name, [standard, least, most]]) => {
    const value = (options as Record<string, number> | undefined)?.[name];
    const isWhole = most < Number.POSITIVE_INFINITY;
    checkNumber(group + name, value, { least, most, isWhole });
    return [name, value ?? standard];
  });
  return Object.fromEntries(all);
}

function isFirst(option: string, value: unknown, first: string, second: string): boolean {
  if ([undefined, first, second].includes(value as string)) return value !== second;
  throw new TypeError(`${option} must be "${first}" or "${second}"; it is ${value}.`);
}
