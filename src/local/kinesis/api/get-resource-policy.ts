/** GetResourcePolicy: the policy that was put. */
import { notFound } from "../error.ts";
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";
import { required } from "./shape.ts";

export const getResourcePolicy = action(
  { ResourceARN: required(resourceArn) },
  ({ ResourceARN }, { kinesis }) => {
    const { resourcePolicy } = kinesis.kept(ResourceARN);
    if (resourcePolicy !== undefined) return { Policy: resourcePolicy };
    throw notFound(`No resource policy found for resource ARN ${ResourceARN}`);
  },
);
