/** UpdateStreamMode: provisioned or on demand. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { streamArn, streamModeDetails, warmThroughputMiBps } from "./members.ts";

export const updateStreamMode = action(
  {
    StreamARN: required(streamArn),
    StreamModeDetails: required(streamModeDetails),
    WarmThroughputMiBps: warmThroughputMiBps,
  },
  ({ StreamARN, StreamModeDetails, WarmThroughputMiBps }, { kinesis }) => {
    kinesis.updateStreamMode({ stream: StreamARN, mode: StreamModeDetails.StreamMode });
    kinesis.keep(StreamARN, { warmThroughputMiBps: WarmThroughputMiBps });
  },
);
