/** ListTagsForStream: the tags of a stream, page by page. */

import { integer } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { exclusiveStartTagKey, stream } from "./members.ts";
import { pageOf } from "./page.ts";
import { streamOf } from "./reference.ts";
import { tagList } from "./tags.ts";

export const listTagsForStream = action(
  {
    Limit: integer({ min: 1, max: 50 }),
    ExclusiveStartTagKey: exclusiveStartTagKey,
    ...stream,
  },
  (input, { kinesis }) => {
    const all = tagList(kinesis, streamOf(input));
    const { page, more } = pageOf(
      all,
      ({ Key }) => Key,
      input.ExclusiveStartTagKey,
      input.Limit ?? 50,
    );
    return { Tags: page, HasMoreTags: more };
  },
);
