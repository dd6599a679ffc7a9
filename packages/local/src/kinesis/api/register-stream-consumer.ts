/** RegisterStreamConsumer: a fan-out consumer with 2 MiB/s of its own from each shard. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { consumerOutput } from "./describe.ts";
import { consumerName, streamArn, tags } from "./members.ts";
import { checkFirstTags } from "./tags.ts";

export const registerStreamConsumer = action(
  { StreamARN: required(streamArn), ConsumerName: required(consumerName), Tags: tags },
  ({ StreamARN, ConsumerName, Tags = new Map() }, { kinesis }) => {
    checkFirstTags(kinesis, ConsumerName, Tags);
    const consumer = kinesis.registerStreamConsumer({ stream: StreamARN, name: ConsumerName });
    kinesis.keep(consumer.arn, { tags: Tags });
    // As on AWS, the answer is older than the consumer's first moment of activity.
    return { Consumer: { ...consumerOutput(consumer), ConsumerStatus: "CREATING" } };
  },
);
