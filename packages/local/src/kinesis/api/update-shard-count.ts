/** UpdateShardCount: more shards or fewer, of equal size. */

import { integer, oneOf, required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const updateShardCount = action(
  {
    TargetShardCount: required(integer({ min: 1 })),
    ScalingType: required(oneOf("UNIFORM_SCALING")),
    ...stream,
  },
  (input, { kinesis }) => {
    const reference = streamOf(input);
    const { name, arn, openShardCount } = kinesis.describeStream({ stream: reference });
    const targetShardCount = input.TargetShardCount;
    kinesis.updateShardCount({ stream: reference, targetShardCount });
    return {
      StreamName: name,
      StreamARN: arn,
      CurrentShardCount: openShardCount,
      TargetShardCount: targetShardCount,
    };
  },
);
