/** DeleteResourcePolicy: forgets the policy of a stream or a consumer. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { notFound } from "../error.ts";
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";

export const deleteResourcePolicy = action(
  { ResourceARN: required(resourceArn) },
  ({ ResourceARN }, { kinesis }) => {
    if (kinesis.kept(ResourceARN).resourcePolicy === undefined) {
      throw notFound(`No resource policy found for resource ARN ${ResourceARN}.`);
    }
    kinesis.keep(ResourceARN, { resourcePolicy: undefined });
  },
);
