/**
 * Unique ids that are remembered for the whole stream, one item each: for ids that may come through any
 * shard or under another partition key, or days apart. A store only moves items; ids have any length and any characters, halves
 * of surrogate pairs included, and two that differ are never one.
 */
export interface IdStore {
  /**
   * Takes the id for `claim`, on the condition that nobody has it, that its item has expired, that
   * its holder's invocation is over, or that it is held by the same position. Answers undefined, or
   * the item of who has it.
   */
  claim(id: string, claim: IdClaim, now: number): Promise<IdItem | undefined>;
  /**
   * Says that the effect happened, on no condition: whoever has taken the id over since cannot free it any
   * more. False: the item was not ours.
   */
  complete(id: string, claim: IdClaim, now: number): Promise<boolean>;
  /** Gives the id back after a failure, on the condition that the item is still ours. */
  release(id: string, claim: IdClaim): Promise<void>;
}

/** Who has an id. */
export interface IdClaim {
  /** The record's log and position. */
  readonly holder: string;
  /** When its invocation is over at the latest, in epoch milliseconds. */
  readonly until: number;
  /** Random, new for each claim. */
  readonly token: string;
}

export interface IdItem extends IdClaim {
  readonly state: "began" | "done";
}
