/** A CloudWatch that knows what it is told, two minutes late, and answers GetMetricData as AWS does: without minutes that have nothing. */
import type { GetMetricDataInput } from "@aws-sdk/client-cloudwatch";

export interface ToldMinute {
  readonly bytes?: number;
  readonly records?: number;
  readonly throttled?: number;
  readonly ageMs?: number;
}

const properties: Readonly<Record<string, keyof ToldMinute>> = {
  IncomingBytes: "bytes",
  IncomingRecords: "records",
  WriteProvisionedThroughputExceeded: "throttled",
  "GetRecords.IteratorAgeMilliseconds": "ageMs",
};

const minuteMs = 60_000;
const lateMs = 2 * minuteMs;
/** So that pages have to be followed. */
const pageSize = 500;

export function cloudWatch(now: () => number) {
  /** By stream, or stream and shard. */
  const told = new Map<string, Map<number, ToldMinute>>();
  let calls = 0;

  function answer({
    MetricDataQueries = [],
    StartTime,
    EndTime,
    NextToken = "0",
  }: GetMetricDataInput) {
    calls++;
    const from = Number(NextToken);
    let more = false;
    const MetricDataResults = MetricDataQueries.map(({ Id, MetricStat }) => {
      const { MetricName = "", Dimensions = [] } = MetricStat?.Metric ?? {};
      const key = Dimensions.map(({ Value }) => Value).join("/");
      const all = [...(told.get(key) ?? [])].flatMap(([at, minute]) => {
        const value = minute[properties[MetricName]!];
        const isAsked = at >= Number(StartTime) && at < Number(EndTime);
        const isThere = at + minuteMs + lateMs <= now();
        return value !== undefined && isAsked && isThere ? [[at, value] as const] : [];
      });
      if (all.length > from + pageSize) more = true;
      const page = all.slice(from, from + pageSize);
      return {
        Id,
        Timestamps: page.map(([at]) => new Date(at)),
        Values: page.map(([, value]) => value),
      };
    });
    return { MetricDataResults, NextToken: more ? String(from + pageSize) : undefined };
  }

  return {
    /** What a minute had; a shard's name makes it one of a shard. */
    tell(at: number, minute: ToldMinute, stream = "flights", shardId?: string) {
      const key = shardId === undefined ? stream : `${stream}/${shardId}`;
      const minutes = told.get(key) ?? new Map<number, ToldMinute>();
      told.set(key, minutes.set(at, minute));
    },
    calls: () => calls,
    client: {
      async send(command: { readonly input: GetMetricDataInput }) {
        return answer(command.input);
      },
    },
  };
}

/** A minute that fills so many shards with bytes. */
export const filling = (shards: number): ToldMinute => ({
  bytes: shards * 60 * 1024 * 1024,
  records: Math.round(shards * 60 * 100),
  throttled: 0,
});
