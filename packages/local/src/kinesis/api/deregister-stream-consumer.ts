/** DeregisterStreamConsumer: ends a fan-out consumer. */
import { action } from "./action.ts";
import { consumerArn, consumerName, streamArn } from "./members.ts";
import { consumerOf } from "./reference.ts";

export const deregisterStreamConsumer = action(
  { StreamARN: streamArn, ConsumerName: consumerName, ConsumerARN: consumerArn },
  (input, { kinesis }) =>
    kinesis.deregisterStreamConsumer({ consumer: consumerOf(kinesis, input).arn }),
);
