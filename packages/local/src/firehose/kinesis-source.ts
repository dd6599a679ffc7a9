/** Reads a Kinesis stream for a delivery stream: every shard, aggregates taken apart. */
import { deaggregate } from "../../../../src/kpl.ts";
import type { ShardReader } from "../../../../src/mapping/shard.ts";
import { FirehoseError } from "../../../services/src/firehose/error.ts";
import type { DeliveryRecord } from "../../../services/src/firehose/record.ts";
import type {
  ReadOptions,
  RunningSource,
  SourceKinesis,
  SourceStream,
} from "../../../services/src/firehose/source.ts";
import type { Kinesis, KinesisRecord, Shard } from "../kinesis/types.ts";
import { createPoller } from "../lambda/mapping/poller.ts";
import { firstPosition, newPosition } from "../lambda/mapping/position.ts";
import { withSettings } from "../lambda/mapping/settings.ts";

/** As Firehose does, a shard is asked once a second. */
const interval = 1000;

/** The Kinesis of this package, as a delivery stream reads it. */
export const sourceKinesis = (kinesis: Kinesis): SourceKinesis => ({
  clock: kinesis.clock,
  region: kinesis.region,
  accountId: kinesis.accountId,
  sourceStream: (stream, deliveryStream) => findStream(kinesis, stream, deliveryStream),
});

function findStream(kinesis: Kinesis, stream: string, deliveryStream: string): SourceStream {
  try {
    const { arn, retentionHours } = kinesis.describeStream({ stream });
    return { arn, retentionHours, read: (options) => readStream(kinesis, arn, options) };
  } catch (cause) {
    throw new FirehoseError(
      "ResourceNotFoundException",
      `The source of delivery stream ${deliveryStream}, ${stream}, is not there. Create it first.`,
      { cause },
    );
  }
}

function readStream(kinesis: Kinesis, stream: string, options: ReadOptions): RunningSource {
  const { startingPosition } = options;
  const { clock } = kinesis;
  const pollers = new Map<string, ShardReader>();
  const settings = withSettings({ startingPosition });
  for (const shard of kinesis.listShards({ stream })) {
    follow(shard, firstPosition(kinesis, stream, shard, settings));
  }
  let cancel = () => {};
  let ended = false;

  function follow(shard: Shard, position = newPosition(shard)): void {
    const poller = createPoller({ kinesis, stream, consumerArn: undefined, position, interval });
    pollers.set(shard.shardId, poller);
  }

  function schedule(): void {
    cancel();
    const due = [...pollers.values()].flatMap(({ due }) => (due === undefined ? [] : [due]));
    if (ended || due.length === 0) return;
    cancel = clock.after(Math.max(0, Math.min(...due) - clock.now()), () => {
      try {
        readDue(clock.now());
      } catch (error) {
        ended = true;
        options.onFault(error);
      }
    });
  }

  function readDue(until: number): void {
    for (const [shardId, poller] of pollers) {
      if (poller.due === undefined || poller.due > until) continue;
      for (const record of poller.poll()) {
        for (const user of userRecords(shardId, record)) options.onRecord(user);
      }
    }
    schedule();
    options.onRead();
  }

  const stop = kinesis.onChange(stream, (shardId) => {
    const known = pollers.get(shardId);
    if (known) known.wake();
    else {
      const shard = kinesis.listShards({ stream }).find((one) => one.shardId === shardId);
      if (shard) follow(shard);
    }
    schedule();
  });
  schedule();

  return {
    get isQuiet() {
      return ended || [...pollers.values()].every(({ atTip }) => atTip);
    },
    read() {
      while ([...pollers.values()].some(({ due }) => due !== undefined)) {
        const before = [...pollers.values()].map(({ due, lastRead }) => `${due} ${lastRead}`);
        readDue(Number.POSITIVE_INFINITY);
        const after = [...pollers.values()].map(({ due, lastRead }) => `${due} ${lastRead}`);
        // Refused for now, by the shard's limits: the clock brings it on.
        if (String(before) === String(after)) return;
      }
    },
    close() {
      ended = true;
      stop();
      cancel();
    },
  };
}

function userRecords(shardId: string, record: KinesisRecord): DeliveryRecord[] {
  const { sequenceNumber, approximateArrivalTimestamp: arrivedAt } = record;
  const found = deaggregate(record.data) ?? [record];
  return found.map(({ data, partitionKey }, subsequenceNumber) => ({
    id: `${sequenceNumber}${String(subsequenceNumber).padStart(6, "0")}000000`,
    data,
    raw: data,
    arrivedAt,
    kinesis: { shardId, partitionKey, sequenceNumber, subsequenceNumber },
  }));
}
