/**
 * The version in package.json. What `dynamodbProgress` and its like bring along works on the inside of a batch, so it must be of the
 * consumer's own version; of another copy it may be.
 */
export const version = "0.1.0";

/** What is wrong with something that comes from another version than this; undefined: nothing. */
export const otherVersion = (what: string, theirs: string | undefined): string | undefined =>
  theirs === version
    ? undefined
    : `${what} comes from shardmill ${theirs ?? "of an older version"}, and the consumer from ${version}. Have one version: npm ls shardmill shows both.`;
