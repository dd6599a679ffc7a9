/** What a shard has from a sequence number on. */

/** So many empty answers are read before a shard counts as not read to its end. */
const pagesAtMost = 20;
/** One may be read already; the one behind it is not. */
const recordsAtMost = 2;

/** A record of the stream, as Kinesis keeps it. */
export interface StoredRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly arrival: number;
}

export interface FirstRecords {
  /** Two at most. */
  readonly records: readonly StoredRecord[];
  /** Whether it is known that there are no others, where there are fewer. */
  readonly isEnd: boolean;
}

/** The first records of a shard from a sequence number on, its own included. The client is loaded when it is needed. Needs kinesis:GetShardIterator and kinesis:GetRecords. */
export async function firstRecords(
  streamArn: string,
  shardId: string,
  sequenceNumber: string,
  abortSignal = AbortSignal.timeout(10_000),
): Promise<FirstRecords> {
  const { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } = await import(
    "@aws-sdk/client-kinesis"
  );
  const client = new KinesisClient({});
  try {
    const start = new GetShardIteratorCommand({
      ...{ StreamARN: streamArn, ShardId: shardId },
      ...{ ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: sequenceNumber },
    });
    let { ShardIterator } = await client.send(start, { abortSignal });
    const records: StoredRecord[] = [];
    for (let page = 0; page < pagesAtMost && ShardIterator; page++) {
      const Limit = recordsAtMost - records.length;
      const command: InstanceType<typeof GetRecordsCommand> = new GetRecordsCommand({
        ...{ ShardIterator, StreamARN: streamArn, Limit },
      });
      const answer = await client.send(command, { abortSignal });
      for (const record of answer.Records ?? []) {
        records.push({
          sequenceNumber: record.SequenceNumber!,
          partitionKey: record.PartitionKey!,
          data: record.Data!,
          arrival: record.ApproximateArrivalTimestamp!.getTime(),
        });
      }
      const isEnd = answer.MillisBehindLatest === 0;
      if (isEnd || records.length === recordsAtMost) return { records, isEnd };
      ShardIterator = answer.NextShardIterator;
    }
    // A shard that was closed and read to its end has no next iterator.
    return { records, isEnd: !ShardIterator };
  } finally {
    client.destroy();
  }
}
