/**
 * What an item of a parked record says of itself, and what may become of it. A confirmed item stays one, whoever parks late; a
 * hold stays a redrive's, and that one learns of it at its end; and what was redriven is parked anew, for after a
 * `progress reset` a record may fail once more. Who parks late, without a reset, does no harm: the log names what was redriven.
 *
 * | was \ then | park        | confirm   | take            | finish                  | give back |
 * |------------|-------------|-----------|-----------------|-------------------------|-----------|
 * | absent     | parked      |           | (refused)       | (refused)               |           |
 * | parked     | parked      | confirmed | (refused)       | redriven, if not taken  |           |
 * | confirmed  | confirmed   | confirmed | redriving       | (refused)               |           |
 * | redriving  | redriving   | redriving | redriving, if the first one's time is over | redriven; confirmed, if it was parked in between; (refused), if another has it | confirmed, if it is ours |
 * | redriven   | parked      | redriven  | (refused)       | (refused)               |           |
 *
 * An item that has expired and is not deleted yet is as good as any other: to park it is to keep it for as long as a new one.
 */
export type ParkedState = "parked" | "confirmed" | "redriving" | "redriven";

/** How far a parked item is: every store keeps these with the record, so that redrives do not meet. */
export interface ItemStatus {
  readonly state: ParkedState;
  /** How often the record was parked again: what a redrive has looked at before that is not all of it. @default 0 */
  readonly parkedAgain?: number | undefined;
  /** Of the redrive that has it: only while it is `redriving`. */
  readonly redriveToken?: string | undefined;
  /** Until when, in epoch milliseconds. */
  readonly heldUntil?: number | undefined;
  /** Epoch milliseconds. */
  readonly redrivenAt?: number | undefined;
}

/** What a redrive does with an item. */
export interface Hold {
  /** Such as `table progress` or `queue failures`. */
  readonly where: string;
  /** The log says that it is parked. */
  confirm(): Promise<void>;
  /** Takes it until then, in epoch milliseconds. False: somebody else has it, or it is not to be had. */
  take(token: string, until: number): Promise<boolean>;
  /** It is back: it is marked, or deleted. False: it was parked again in between, and stays. */
  finish(): Promise<boolean>;
  /** It is not: another redrive may take it. */
  giveBack(): Promise<void>;
}

/** The record is parked once more. */
export function parkAgain({ parkedAgain = 0, ...status }: ItemStatus): ItemStatus {
  const isKept = status.state === "confirmed" || status.state === "redriving";
  return { ...(isKept ? status : { state: "parked" }), parkedAgain: parkedAgain + 1 };
}

/** Undefined: nothing is to be done. */
export const confirmed = ({ state, parkedAgain }: ItemStatus): ItemStatus | undefined =>
  state === "parked" ? { state: "confirmed", parkedAgain } : undefined;

/** Undefined: it is refused. */
export function taken(
  { state, parkedAgain, heldUntil = 0 }: ItemStatus,
  redriveToken: string,
  until: number,
  now: number,
): ItemStatus | undefined {
  const isFree = state === "confirmed" || (state === "redriving" && heldUntil < now);
  return isFree ? { state: "redriving", parkedAgain, redriveToken, heldUntil: until } : undefined;
}

/**
 * `token`: that of the redrive; undefined: the log says that the record was done, and nobody has taken the item. `seen`: how
 * often it was parked again when it was looked at. Undefined: it is refused.
 */
export function finished(
  { state, parkedAgain = 0, redriveToken }: ItemStatus,
  token: string | undefined,
  seen: number,
  now: number,
): ItemStatus | undefined {
  const isOurs = token === undefined ? state === "parked" : redriveToken === token;
  return isOurs && parkedAgain === seen
    ? { state: "redriven", parkedAgain, redrivenAt: now }
    : undefined;
}

/** Undefined: it is not ours. */
export const givenBack = (
  { state, parkedAgain, redriveToken }: ItemStatus,
  token: string | undefined,
): ItemStatus | undefined =>
  state === "redriving" && redriveToken === token ? { state: "confirmed", parkedAgain } : undefined;
