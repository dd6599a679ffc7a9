/** What a worker tells of itself. */

/** Something that happened to a lease, a batch or a call. `shardId` is the key of the lease. */
export type WorkerEvent =
  /** The worker has a lease: its shard is read once its parents are done. */
  | { readonly type: "taken"; readonly shardId: string; readonly from: string | undefined }
  /** A lease is another's, or its time is over. What the handler has begun may run again elsewhere. */
  | { readonly type: "lost"; readonly shardId: string; readonly why: string }
  /** A lease was given back with its position, to a worker or to nobody. */
  | { readonly type: "givenBack"; readonly shardId: string; readonly to: string | undefined }
  /** A lease was of an earlier stream of the same name, and was removed: the shard begins at the initial position. */
  | { readonly type: "dropped"; readonly shardId: string; readonly checkpoint: string }
  /** A shard has been read to its end. */
  | { readonly type: "shardEnd"; readonly shardId: string; readonly children: readonly string[] }
  /** Who assigns the leases from now on, in a fleet of KCL 3: this worker itself, maybe. Undefined: nobody does, and where KCL 2's rules hold each takes its share. */
  | { readonly type: "led"; readonly by: string | undefined }
  /** The handler has ended. */
  | {
      readonly type: "batch";
      readonly shardId: string;
      readonly records: number;
      /** How many of them, from the first on, the handler has answered for, and their bytes of data. */
      readonly done: number;
      readonly bytes: number;
      readonly outcome: "success" | "partial" | "failure" | "throttle" | "tooLarge";
      readonly error?: unknown;
      /** Milliseconds. */
      readonly duration: number;
      /** Milliseconds between the arrival of its last record and its beginning. */
      readonly iteratorAge: number;
    }
  /** A call to AWS failed, and is made again. */
  | { readonly type: "trouble"; readonly doing: string; readonly error: unknown };
