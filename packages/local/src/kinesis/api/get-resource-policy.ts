/** GetResourcePolicy: the policy that was put; as on AWS, an empty one where there is none. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";

export const getResourcePolicy = action(
  { ResourceARN: required(resourceArn) },
  ({ ResourceARN }, { kinesis }) => ({ Policy: kinesis.kept(ResourceARN).resourcePolicy ?? "{}" }),
);
