/** DeleteStream: a stream and all that it holds. */

import { boolean } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const deleteStream = action(
  { ...stream, EnforceConsumerDeletion: boolean },
  (input, { kinesis }) =>
    kinesis.deleteStream({
      stream: streamOf(input),
      enforceConsumerDeletion: input.EnforceConsumerDeletion ?? false,
    }),
);
