/** What CloudWatch says of a stream's minutes, and of its shards'. */
import { GetMetricDataCommand, type GetMetricDataOutput } from "@aws-sdk/client-cloudwatch";
import type { CommandSender } from "../../aws/command-sender.ts";
import type { LoadMinute } from "../load.ts";

export const minuteMs = 60_000;
/** CloudWatch keeps minutes for 15 days. */
export const keptMs = 14 * 86_400_000;
/** A minute's sums grow for a while after its end. */
const settlesMs = 15 * minuteMs;
/** An age that is older says nothing of now. */
const freshMs = 15 * minuteMs;
/** A stream to which nothing is put has no metrics, and nor has one of which CloudWatch is late: after so long it is the first. */
const silentMs = 60 * minuteMs;
/** Until when nothing was put, then. */
const lateMs = 3 * minuteMs;

/** Queries that one call takes. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const mostQueries = 500;

/** What is asked for, under the names that results have. */
const sums = { bytes: "IncomingBytes", records: "IncomingRecords" } as const;
const refusals = "WriteProvisionedThroughputExceeded";
const age = "GetRecords.IteratorAgeMilliseconds";

/** What was read of a stream. */
export interface ReadLoad {
  /** All minutes that are kept, without gaps. */
  readonly minutes: readonly LoadMinute[];
  /** Of the newest minute that has one, in seconds. */
  readonly ageSeconds: number | undefined;
}

/** The minutes that are known, with those since then; after a cold start, of two weeks. */
export async function readLoad(
  cloudwatch: CommandSender,
  streamName: string,
  known: readonly LoadMinute[],
  now: number,
): Promise<ReadLoad> {
  const from = Math.max(now - keptMs, (known.at(-1)?.at ?? 0) - settlesMs);
  const dimensions = { StreamName: streamName };
  const queries = [...loadQueries("", dimensions), query("age", age, "Maximum", dimensions)];
  const found = await ask(cloudwatch, queries, from, now);
  const ages = [...(found.get("age") ?? [])].sort(([a], [b]) => b - a);
  const ageMs = ages[0] && now - ages[0][0] <= freshMs ? ages[0][1] : undefined;
  return {
    minutes: joined(known, minutesIn(found, ""), from, now),
    ageSeconds: ageMs === undefined ? undefined : ageMs / 1000,
  };
}

/** The minutes of each shard, by its id, from then on. */
export async function readShardLoads(
  cloudwatch: CommandSender,
  streamName: string,
  shardIds: readonly string[],
  from: number,
  now: number,
): Promise<ReadonlyMap<string, readonly LoadMinute[]>> {
  const loads = new Map<string, readonly LoadMinute[]>();
  const atOnce = Math.floor(mostQueries / 3);
  for (let first = 0; first < shardIds.length; first += atOnce) {
    const ids = shardIds.slice(first, first + atOnce);
    const queries = ids.flatMap((ShardId, index) =>
      loadQueries(`s${index}`, { StreamName: streamName, ShardId }),
    );
    const found = await ask(cloudwatch, queries, from, now);
    for (const [index, shardId] of ids.entries()) {
      loads.set(shardId, joined([], minutesIn(found, `s${index}`), from, now));
    }
  }
  return loads;
}

type Dimensions = Readonly<Record<string, string>>;

const loadQueries = (prefix: string, dimensions: Dimensions) => [
  query(`${prefix}bytes`, sums.bytes, "Sum", dimensions),
  query(`${prefix}records`, sums.records, "Sum", dimensions),
  query(`${prefix}throttled`, refusals, "Sum", dimensions),
];

const query = (Id: string, MetricName: string, Stat: string, dimensions: Dimensions) => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: "AWS/Kinesis",
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: 60,
    Stat,
  },
});

/** By the query's id, then by the minute's beginning. */
type Found = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Of minutes that are over. */
async function ask(
  cloudwatch: CommandSender,
  queries: readonly ReturnType<typeof query>[],
  from: number,
  now: number,
): Promise<Found> {
  const found = new Map<string, Map<number, number>>();
  const EndTime = new Date(Math.floor(now / minuteMs) * minuteMs);
  const StartTime = new Date(Math.floor(from / minuteMs) * minuteMs);
  for (let NextToken: string | undefined; ; ) {
    const page: GetMetricDataOutput = await cloudwatch.send(
      new GetMetricDataCommand({ MetricDataQueries: [...queries], StartTime, EndTime, NextToken }),
    );
    for (const { Id = "", Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const values = found.get(Id) ?? new Map<number, number>();
      for (const [index, at] of Timestamps.entries()) values.set(at.getTime(), Values[index] ?? 0);
      found.set(Id, values);
    }
    NextToken = page.NextToken;
    if (!NextToken) return found;
  }
}

function minutesIn(found: Found, prefix: string): ReadonlyMap<number, LoadMinute> {
  const [bytes, records, throttled] = ["bytes", "records", "throttled"].map(
    (name) => found.get(prefix + name) ?? new Map<number, number>(),
  ) as [Map<number, number>, Map<number, number>, Map<number, number>];
  const minutes = new Map<number, LoadMinute>();
  for (const at of new Set([...bytes.keys(), ...records.keys(), ...throttled.keys()])) {
    minutes.set(at, {
      at,
      bytes: bytes.get(at) ?? 0,
      records: records.get(at) ?? 0,
      throttled: throttled.get(at) ?? 0,
    });
  }
  return minutes;
}

/** What was known before, then what was found since; minutes of which nothing is said had nothing, once others follow or all is silent. */
function joined(
  known: readonly LoadMinute[],
  found: ReadonlyMap<number, LoadMinute>,
  from: number,
  now: number,
): readonly LoadMinute[] {
  const minutes = known.filter(({ at }) => at < from && at >= now - keptMs);
  const first = minutes.length > 0 ? minutes.at(-1)!.at + minuteMs : least(found.keys());
  if (first === Number.POSITIVE_INFINITY) return minutes;
  const newest = most(found.keys());
  const busy = known.findLast(({ records, throttled }) => records + throttled > 0)?.at ?? 0;
  const isSilent = now - Math.max(newest, busy) > silentMs;
  const last = isSilent ? Math.floor((now - lateMs) / minuteMs) * minuteMs - minuteMs : newest;
  for (let at = first; at <= last; at += minuteMs) {
    minutes.push(found.get(at) ?? { at, bytes: 0, records: 0, throttled: 0 });
  }
  return minutes;
}

function least(values: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) least = Math.min(least, value);
  return least;
}

function most(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  return most;
}
