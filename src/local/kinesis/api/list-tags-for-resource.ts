/** ListTagsForResource: the tags of a stream or a consumer. */
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";
import { required } from "./shape.ts";
import { tagList } from "./tags.ts";

export const listTagsForResource = action(
  { ResourceARN: required(resourceArn) },
  ({ ResourceARN }, { kinesis }) => ({ Tags: tagList(kinesis, ResourceARN) }),
);
