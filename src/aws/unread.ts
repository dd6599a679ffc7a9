/** What a shard has that nobody has read yet. */

/** So many empty answers are read before a shard counts as not read to its end. */
const pagesAtMost = 20;

/**
 * When the first record behind a sequence number arrived, in epoch milliseconds; Infinity where there is none. The client is loaded when it
 * is needed. Needs kinesis:GetShardIterator and kinesis:GetRecords.
 */
export async function arrivalAfter(
  streamArn: string,
  shardId: string,
  sequenceNumber: string,
  abortSignal = AbortSignal.timeout(10_000),
): Promise<number> {
  const { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } = await import(
    "@aws-sdk/client-kinesis"
  );
  const client = new KinesisClient({});
  try {
    const start = new GetShardIteratorCommand({
      ...{ StreamARN: streamArn, ShardId: shardId },
      ...{ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: sequenceNumber },
    });
    let { ShardIterator } = await client.send(start, { abortSignal });
    for (let page = 0; page < pagesAtMost && ShardIterator; page++) {
      const command: InstanceType<typeof GetRecordsCommand> = new GetRecordsCommand({
        ...{ ShardIterator, StreamARN: streamArn, Limit: 1 },
      });
      const answer = await client.send(command, { abortSignal });
      const arrival = answer.Records?.[0]?.ApproximateArrivalTimestamp;
      if (arrival) return arrival.getTime();
      if (answer.MillisBehindLatest === 0) return Number.POSITIVE_INFINITY;
      ShardIterator = answer.NextShardIterator;
    }
    // A shard that was closed and read to its end has no next iterator.
    return ShardIterator ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  } finally {
    client.destroy();
  }
}
