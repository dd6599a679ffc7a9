/** PutResourcePolicy: keeps a policy, which nobody is held to. */
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";
import { required, string } from "./shape.ts";

export const putResourcePolicy = action(
  { ResourceARN: required(resourceArn), Policy: required(string({})) },
  ({ ResourceARN, Policy }, { kinesis }) => kinesis.keep(ResourceARN, { resourcePolicy: Policy }),
);
