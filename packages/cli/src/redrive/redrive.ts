/** A redrive under way, and what its parts tell each other. */
import type { Clock } from "../../../../src/time/clock.ts";
import type { Hold, ParkedItem } from "./found.ts";
import type { FunctionTarget } from "./function-target.ts";
import type { Logs } from "./logs.ts";
import type { Outcome, Told } from "./outcome.ts";
import type { Reading } from "./payloads.ts";
import type { RedriveSettings } from "./settings.ts";
import type { StreamTarget } from "./stream-target.ts";

/** A redrive under way. */
export interface Redrive {
  readonly settings: RedriveSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly reading: Reading;
  /** Undefined: no table was named. */
  readonly logs: Logs | undefined;
  /** Undefined: `--dry-run`. */
  readonly target: { readonly fn: FunctionTarget } | { readonly stream: StreamTarget } | undefined;
  /** Says what became of what lies there. */
  readonly tell: (told: Told, hold: Hold) => void;
  /** What a person should know. */
  readonly note: (text: string) => void;
}

export type Parked = { readonly item: ParkedItem; readonly hold: Hold };

/** With its partition key, wherever that was. */
export type Keyed = {
  readonly item: ParkedItem & { readonly partitionKey: string };
  readonly hold: Hold;
};

/** Says what became of a parked record. */
export type Finish = (one: Parked, outcome: Outcome, what?: string) => void;
