/** UpdateStreamMode: provisioned or on demand. */
import { action } from "./action.ts";
import { streamArn, streamModeDetails, warmThroughputMiBps } from "./members.ts";
import { required } from "./shape.ts";

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
