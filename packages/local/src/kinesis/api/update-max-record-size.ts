/** UpdateMaxRecordSize: how large a record may be, from 1 MiB to 10 MiB. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { maxRecordSizeInKiB, streamArn } from "./members.ts";
import { streamOf } from "./reference.ts";

export const updateMaxRecordSize = action(
  { MaxRecordSizeInKiB: required(maxRecordSizeInKiB), StreamARN: streamArn },
  (input, { kinesis }) =>
    kinesis.updateMaxRecordSize({
      stream: streamOf(input),
      maxRecordSizeInKiB: input.MaxRecordSizeInKiB,
    }),
);
