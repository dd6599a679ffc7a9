/** What `process` may return that brings its own way to be committed. */
import { otherVersion, version } from "../handler/version.ts";
import type { BatchRun } from "./batch-run.ts";

const commitKey = Symbol.for("shardmill.commitWith");

/** What `commitWith` returns, for `process` to return. It brings its own way to be committed. */
export interface CommitWith {
  readonly [commitKey]: Commit;
  /** Of the shardmill that it comes from: a commit works on the inside of a batch. */
  readonly version: string;
}

/** Commits the writes of the record at `place`. True: its lane goes on. */
type Commit = <T>(run: BatchRun<T>, place: number) => boolean | Promise<boolean>;

/** A return value of `process` that is committed in its own way. */
export const committedBy = (commit: Commit): CommitWith => ({ [commitKey]: commit, version });

/** How to commit what `process` returned, if it is a `commitWith`; or why not, where it is of another version. */
export function commitOf(returned: unknown): Commit | { readonly refused: string } | undefined {
  const { [commitKey]: commit, version: theirs } = (returned ?? {}) as Partial<CommitWith>;
  const refused = commit && otherVersion("What process returned", theirs);
  return refused ? { refused } : commit;
}
