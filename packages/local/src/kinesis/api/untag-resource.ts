/** UntagResource: removes tags from a stream or a consumer. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { resourceArn, tagKeys } from "./members.ts";
import { removeTags } from "./tags.ts";

export const untagResource = action(
  { TagKeys: required(tagKeys), ResourceARN: required(resourceArn) },
  ({ TagKeys, ResourceARN }, { kinesis }) => removeTags(kinesis, ResourceARN, TagKeys),
);
