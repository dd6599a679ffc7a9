/** DescribeStreamConsumer. */
import { action } from "./action.ts";
import { consumerOutput } from "./describe.ts";
import { consumerArn, consumerName, streamArn } from "./members.ts";
import { consumerOf } from "./reference.ts";

export const describeStreamConsumer = action(
  { StreamARN: streamArn, ConsumerName: consumerName, ConsumerARN: consumerArn },
  (input, { kinesis }) => {
    const consumer = consumerOf(kinesis, input);
    const { streamArn: StreamARN } = consumer;
    return { ConsumerDescription: { ...consumerOutput(consumer), StreamARN } };
  },
);
