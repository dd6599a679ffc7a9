/** An action of the service: what its request holds, and what it does. */
import type { Output } from "../../../../services/src/protocol/json.ts";
import type { InputOf, Members } from "../../../../services/src/protocol/shape.ts";
import type { HeldRecords } from "../held-records.ts";
import type { Kinesis, KinesisRecord } from "../types.ts";
import type { Subscriptions } from "./subscription.ts";

/** What the actions work on. */
export interface Api {
  readonly kinesis: Kinesis;
  readonly subscriptions: Subscriptions;
  /** Whether a record is to be refused although its shard could take it. */
  readonly throttlesRecord: () => boolean;
}

/** An answer with records: `Records`, and what comes after them. */
export interface RecordPage {
  readonly records: readonly KinesisRecord[] | HeldRecords;
  /** `EncryptionType` of all of them. */
  readonly encryption: string | undefined;
  /** Not empty. */
  readonly more: Output;
}

/** An answer that goes on: one event after the other, for as long as the reader stays. */
export interface EventStream {
  readonly eventType: string;
  readonly events: AsyncIterable<RecordPage>;
  /** Ends the events before their time. */
  end(): void;
}

export type Result = Output | RecordPage | EventStream | undefined;

export interface Action {
  readonly members: Members;
  readonly perform: (input: never, api: Api) => Result;
}

/** The types of `perform`'s input follow from `members`. */
export function action<const M extends Members>(
  members: M,
  perform: (input: InputOf<M>, api: Api) => Result | void,
): Action {
  return { members, perform: (input, api) => perform(input, api) ?? undefined };
}
