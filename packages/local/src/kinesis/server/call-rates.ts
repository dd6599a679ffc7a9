/** How often a second an account may call an action, where limits are asked for. */
import type { Clock } from "../../../../../src/time/clock.ts";
import { nameOfStream, type StreamReference } from "../api/index.ts";
import { limitExceeded } from "../error.ts";

/** What the service allows an account; actions that are not here have limits per shard, or none. */
const perSecond: Readonly<Record<string, number>> = {
  AddTagsToStream: 5,
  CreateStream: 5,
  DecreaseStreamRetentionPeriod: 5,
  DeleteStream: 5,
  DeregisterStreamConsumer: 5,
  DescribeAccountSettings: 5,
  DescribeLimits: 1,
  DescribeStream: 10,
  DescribeStreamConsumer: 20,
  DescribeStreamSummary: 20,
  IncreaseStreamRetentionPeriod: 5,
  ListShards: 1000,
  ListStreamConsumers: 5,
  ListStreams: 5,
  ListTagsForStream: 5,
  MergeShards: 5,
  RegisterStreamConsumer: 5,
  RemoveTagsFromStream: 5,
  SplitShard: 5,
  UpdateAccountSettings: 5,
  UpdateStreamWarmThroughput: 5,
};

/**
 * Admits a call, or throws LimitExceededException, which names the stream that the call names. A
 * second begins with its first call.
 */
export function callRates(
  clock: Clock,
  accountId: string,
): (action: string, input: StreamReference) => void {
  const seconds = new Map<string, { from: number; calls: number }>();
  return (action, input) => {
    const most = perSecond[action];
    if (most === undefined) return;
    const now = clock.now();
    let second = seconds.get(action);
    if (!second || now < second.from || now >= second.from + 1000) {
      second = { from: now, calls: 0 };
      seconds.set(action, second);
    }
    if (second.calls >= most) {
      const { StreamARN, StreamName = StreamARN && nameOfStream(StreamARN) } = input;
      throw limitExceeded(
        StreamName === undefined
          ? "Rate exceeded"
          : `Rate exceeded for stream ${StreamName} under account ${accountId}.`,
      );
    }
    second.calls++;
  };
}
