/** UntagResource: removes tags from a stream or a consumer. */
import { action } from "./action.ts";
import { resourceArn, tagKeys } from "./members.ts";
import { required } from "./shape.ts";
import { removeTags } from "./tags.ts";

export const untagResource = action(
  { TagKeys: required(tagKeys), ResourceARN: required(resourceArn) },
  ({ TagKeys, ResourceARN }, { kinesis }) => removeTags(kinesis, ResourceARN, TagKeys),
);
