/** GetResourcePolicy: the policy that was put; as on AWS, an empty one where there is none. */
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";
import { required } from "./shape.ts";

export const getResourcePolicy = action(
  { ResourceARN: required(resourceArn) },
  ({ ResourceARN }, { kinesis }) => ({ Policy: kinesis.kept(ResourceARN).resourcePolicy ?? "{}" }),
);
