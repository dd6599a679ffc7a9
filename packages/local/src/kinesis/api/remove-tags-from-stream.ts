/** RemoveTagsFromStream. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { stream, tagKeys } from "./members.ts";
import { streamOf } from "./reference.ts";
import { removeTags } from "./tags.ts";

export const removeTagsFromStream = action(
  { TagKeys: required(tagKeys), ...stream },
  (input, { kinesis }) => removeTags(kinesis, streamOf(input), input.TagKeys),
);
