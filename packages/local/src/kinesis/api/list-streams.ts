/** ListStreams: the streams of the account, by name, page by page. */
import { action } from "./action.ts";
import { nextToken, pageSize, streamName } from "./members.ts";
import { pageOf, pageToken, readPageToken, upToHundred } from "./page.ts";

const kind = "ListStreams";

export const listStreams = action(
  { Limit: pageSize, ExclusiveStartStreamName: streamName, NextToken: nextToken },
  ({ Limit, ExclusiveStartStreamName, NextToken }, { kinesis }) => {
    const now = kinesis.clock.now();
    const after =
      NextToken === undefined
        ? ExclusiveStartStreamName
        : readPageToken(kind, NextToken, now).after;
    const { page, more } = pageOf(kinesis.listStreams(), (name) => name, after, upToHundred(Limit));
    const streams = page.map((stream) => kinesis.describeStream({ stream }));
    return {
      StreamNames: page,
      HasMoreStreams: more,
      NextToken: more
        ? pageToken({ kind, after: page.at(-1)!, issuedAt: now, request: {} })
        : undefined,
      StreamSummaries: streams.map(({ name, arn, status, mode, createdAt }) => ({
        StreamName: name,
        StreamARN: arn,
        StreamStatus: status,
        StreamModeDetails: { StreamMode: mode },
        StreamCreationTimestamp: new Date(createdAt),
      })),
    };
  },
);
