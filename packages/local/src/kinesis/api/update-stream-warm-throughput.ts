/** UpdateStreamWarmThroughput: kept; a stream's shards do not follow it. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { checkOnDemand } from "../mode.ts";
import { action } from "./action.ts";
import { warmThroughput } from "./describe.ts";
import { stream, warmThroughputMiBps } from "./members.ts";
import { streamOf } from "./reference.ts";

export const updateStreamWarmThroughput = action(
  { ...stream, WarmThroughputMiBps: required(warmThroughputMiBps) },
  (input, { kinesis }) => {
    const reference = streamOf(input);
    const { name, arn, mode } = kinesis.describeStream({ stream: reference });
    checkOnDemand(mode, name, kinesis.accountId);
    const wanted = { warmThroughputMiBps: input.WarmThroughputMiBps };
    const before = kinesis.kept(reference);
    kinesis.keep(reference, wanted, { updating: true });
    return {
      StreamName: name,
      StreamARN: arn,
      WarmThroughput: {
        ...warmThroughput({ ...before, ...wanted }),
        CurrentMiBps: kinesis.kept(reference).warmThroughputMiBps ?? 0,
      },
    };
  },
);
