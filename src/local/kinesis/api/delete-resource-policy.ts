/** DeleteResourcePolicy: forgets the policy of a stream or a consumer. */
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";
import { required } from "./shape.ts";

export const deleteResourcePolicy = action(
  { ResourceARN: required(resourceArn) },
  ({ ResourceARN }, { kinesis }) => kinesis.keep(ResourceARN, { resourcePolicy: undefined }),
);
