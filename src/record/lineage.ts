/**
 * The shards from which a shard was made by a split or a merge, with the second in which each was created. Rejects, saying what to
 * do, when that cannot be found out.
 */
export type ParentsOf = (
  streamArn: string,
  shardId: string,
) => Promise<readonly { readonly shardId: string; readonly createdAt: number }[]>;
