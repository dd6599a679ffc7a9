/** PutResourcePolicy: keeps a policy, which nobody is held to. */

import { required, string } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";

export const putResourcePolicy = action(
  { ResourceARN: required(resourceArn), Policy: required(string({})) },
  ({ ResourceARN, Policy }, { kinesis }) => kinesis.keep(ResourceARN, { resourcePolicy: Policy }),
);
