/** AddTagsToStream: adds tags to a stream, or gives them new values. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { stream, tags } from "./members.ts";
import { streamOf } from "./reference.ts";
import { addTags } from "./tags.ts";

export const addTagsToStream = action({ Tags: required(tags), ...stream }, (input, { kinesis }) =>
  addTags(kinesis, streamOf(input), input.Tags),
);
