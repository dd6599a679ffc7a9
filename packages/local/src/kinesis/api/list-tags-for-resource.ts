/** ListTagsForResource: the tags of a stream or a consumer. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { resourceArn } from "./members.ts";
import { tagList } from "./tags.ts";

export const listTagsForResource = action(
  { ResourceARN: required(resourceArn) },
  ({ ResourceARN }, { kinesis }) => ({ Tags: tagList(kinesis, ResourceARN) }),
);
