/** ListShards: the shards of a stream that a filter lets through, page by page. */

import { readInput, type ValueReaders } from "../../../../services/src/protocol/read-input.ts";
import {
  type InputOf,
  oneOf,
  required,
  structure,
  timestamp,
} from "../../../../services/src/protocol/shape.ts";
import { invalidArgument } from "../error.ts";
import { checkReady } from "../streams.ts";
import type { ShardFilter } from "../types.ts";
import { action } from "./action.ts";
import { checkCreation } from "./creation.ts";
import { shardOutput } from "./describe.ts";
import { nextToken, pageSize, shardId, stream } from "./members.ts";
import { pageOf, pageToken, readPageToken } from "./page.ts";
import { streamOf } from "./reference.ts";

const kind = "ListShards";
const largestPage = 1000;

const members = {
  ExclusiveStartShardId: shardId,
  MaxResults: pageSize,
  NextToken: nextToken,
  StreamCreationTimestamp: timestamp,
  ...stream,
  ShardFilter: structure({
    Type: required(
      oneOf(
        "AFTER_SHARD_ID",
        "AT_TRIM_HORIZON",
        "FROM_TRIM_HORIZON",
        "AT_LATEST",
        "AT_TIMESTAMP",
        "FROM_TIMESTAMP",
      ),
    ),
    ShardId: shardId,
    Timestamp: timestamp,
  }),
} as const;

type Input = InputOf<typeof members>;

export const listShards = action(members, (input, { kinesis }) => {
  const now = kinesis.clock.now();
  const { listing, after } = input.NextToken === undefined ? begin(input) : resume(input, now);
  const stream = streamOf(listing);
  const { arn, name, status, createdAt } = kinesis.describeStream({ stream });
  checkReady({ name, status, accountId: kinesis.accountId });
  checkCreation(kinesis, stream, listing.StreamCreationTimestamp);
  const shards = kinesis.listShards({ stream, ...filterOf(listing) });
  const size = Math.min(input.MaxResults ?? largestPage, largestPage);
  const { page, more } = pageOf(shards, (shard) => shard.shardId, after, size);
  const { ShardFilter } = listing;
  const request = { StreamARN: arn, StreamCreationTimestamp: createdAt, ShardFilter };
  return {
    Shards: page.map(shardOutput),
    NextToken: more
      ? pageToken({ kind, after: page.at(-1)!.shardId, issuedAt: now, request })
      : undefined,
  };
});

/** The request that a page belongs to, and the last shard before the page. */
interface Listed {
  readonly listing: Input;
  readonly after: string | undefined;
}

function begin(listing: Input): Listed {
  if (listing.StreamName === undefined && listing.StreamARN === undefined) {
    throw invalidArgument("Either NextToken or StreamName should be provided.");
  }
  return { listing, after: listing.ExclusiveStartShardId };
}

const notWithToken = [
  "StreamName",
  "StreamARN",
  "StreamCreationTimestamp",
  "ExclusiveStartShardId",
  "ShardFilter",
] as const;

function resume(input: Input, now: number): Listed {
  const beside = notWithToken.find((member) => input[member] !== undefined);
  if (beside) throw invalidArgument(`NextToken and ${beside} cannot be provided together.`);
  const { request, after } = readPageToken(kind, input.NextToken!, now);
  // A token comes from outside like any request, and is read like one.
  return { listing: readInput(members, request, asWritten), after };
}

const asWritten: ValueReaders = {
  blob: () => {
    throw invalidArgument("Invalid NextToken.");
  },
  timestamp: (ms) => ms,
};

function filterOf({ ShardFilter: filter }: Input): { filter?: ShardFilter } {
  if (!filter) return {};
  const { Type: type, ShardId, Timestamp } = filter;
  return {
    filter: {
      type,
      ...(ShardId !== undefined && { shardId: ShardId }),
      ...(Timestamp !== undefined && { timestamp: Timestamp }),
    },
  };
}
