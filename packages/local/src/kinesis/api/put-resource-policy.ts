/** PutResourcePolicy: keeps a policy, which nobody is held to. */

import { required, string } from "../../../../services/src/protocol/shape.ts";
import { consumerNotActive } from "../consumers.ts";
import { invalidArgument } from "../error.ts";
import type { Kinesis } from "../types.ts";
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";
import { consumerOf, nameOfStream } from "./reference.ts";

export const putResourcePolicy = action(
  { ResourceARN: required(resourceArn), Policy: required(string({})) },
  ({ ResourceARN, Policy }, { kinesis }) => {
    if (!isJsonObject(Policy)) throw invalidArgument("The policy is not a valid JSON document.");
    if (ResourceARN.includes("/consumer/")) checkActive(kinesis, ResourceARN);
    kinesis.keep(ResourceARN, { resourcePolicy: Policy });
  },
);

function checkActive(kinesis: Kinesis, ConsumerARN: string): void {
  const consumer = consumerOf(kinesis, { ConsumerARN });
  if (consumer.status === "ACTIVE") return;
  const { accountId } = kinesis;
  throw consumerNotActive({ name: nameOfStream(consumer.streamArn), accountId }, consumer);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
