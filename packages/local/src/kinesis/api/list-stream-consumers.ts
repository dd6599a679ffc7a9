/** ListStreamConsumers: the fan-out consumers of a stream, page by page. */

import { required, timestamp } from "../../../../services/src/protocol/shape.ts";
import { invalidArgument } from "../error.ts";
import { action } from "./action.ts";
import { checkCreation } from "./creation.ts";
import { consumerOutput } from "./describe.ts";
import { nextToken, pageSize, streamArn } from "./members.ts";
import { pageOf, pageToken, readPageToken, upToHundred } from "./page.ts";

const kind = "ListStreamConsumers";

export const listStreamConsumers = action(
  {
    StreamARN: required(streamArn),
    NextToken: nextToken,
    MaxResults: pageSize,
    StreamCreationTimestamp: timestamp,
  },
  ({ StreamARN, NextToken, MaxResults, StreamCreationTimestamp }, { kinesis }) => {
    const now = kinesis.clock.now();
    if (NextToken !== undefined && StreamCreationTimestamp !== undefined) {
      throw invalidArgument("NextToken and StreamCreationTimestamp cannot be provided together.");
    }
    const after = NextToken === undefined ? undefined : readPageToken(kind, NextToken, now).after;
    checkCreation(kinesis, StreamARN, StreamCreationTimestamp);
    const all = kinesis.listStreamConsumers({ stream: StreamARN });
    const sorted = all.sort((a, b) => (a.name < b.name ? -1 : 1));
    const { page, more } = pageOf(sorted, ({ name }) => name, after, upToHundred(MaxResults));
    return {
      Consumers: page.map(consumerOutput),
      NextToken: more
        ? pageToken({ kind, after: page.at(-1)!.name, issuedAt: now, request: {} })
        : undefined,
    };
  },
);
