/** TagResource: adds tags to a stream or a consumer, or gives them new values. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { resourceArn, tags } from "./members.ts";
import { addTags } from "./tags.ts";

export const tagResource = action(
  { Tags: required(tags), ResourceARN: required(resourceArn) },
  ({ Tags, ResourceARN }, { kinesis }) => addTags(kinesis, ResourceARN, Tags),
);
