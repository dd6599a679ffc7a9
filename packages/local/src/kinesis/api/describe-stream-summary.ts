/** DescribeStreamSummary: a stream without its shards. */
import { action } from "./action.ts";
import { streamOutput, warmThroughput } from "./describe.ts";
import { stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const describeStreamSummary = action(stream, (input, { kinesis }) => {
  const reference = streamOf(input);
  const description = kinesis.describeStream({ stream: reference });
  const kept = kinesis.kept(reference);
  return {
    StreamDescriptionSummary: {
      ...streamOutput(description, kept),
      OpenShardCount: description.openShardCount,
      ConsumerCount: kinesis.listStreamConsumers({ stream: reference }).length,
      WarmThroughput: warmThroughput(kept),
      // The KPL asks for it: records go where their keys say, and nowhere else.
      RecordDistributionStrategy: "USER_PARTITION_KEY",
      MaxRecordSizeInKiB: description.maxRecordSizeInKiB,
    },
  };
});
