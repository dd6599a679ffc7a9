/** What happens on the machine, for whoever shows it. */
import type { LogLine } from "../lambda/hosts/index.ts";
import type { FailureDocument, TraceEntry } from "../lambda/mapping/index.ts";
import type { RefusedCall } from "./closed-services.ts";

export type MachineEvent =
  | BatchEvent
  | LogEvent
  | DiscardedEvent
  | TransformEvent
  | ObjectEvent
  | InvocationEvent
  | { readonly type: "refused"; readonly call: RefusedCall }
  /** Something that a person should know: said once. */
  | { readonly type: "note"; readonly text: string };

/** A batch was delivered, and this came of it. */
export interface BatchEvent {
  readonly type: "batch";
  readonly functionName: string;
  readonly stream: string;
  readonly invocation: TraceEntry;
  /** What the function answered; undefined where it failed. */
  readonly response: unknown;
}

/** A delivery stream had a function transform records. */
export interface TransformEvent {
  readonly type: "transform";
  readonly functionName: string;
  readonly deliveryStream: string;
  readonly records: number;
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
  /** How many records the function dropped, or said to have failed. */
  readonly dropped: number;
  readonly failed: number;
  /** Why the invocation failed. */
  readonly error?: unknown;
}

/** A delivery stream wrote an object. */
export interface ObjectEvent {
  readonly type: "object";
  readonly deliveryStream: string;
  /** When it was there, in epoch milliseconds. */
  readonly at: number;
  readonly bucket: string;
  readonly key: string;
  readonly records: number;
  readonly bytes: number;
  /** "records", "backup", or why its records failed: "processing-failed"… */
  readonly holds: string;
}

/** Somebody invoked a function, through Lambda's API. */
export interface InvocationEvent {
  readonly type: "invocation";
  readonly functionName: string;
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Why it failed. */
  readonly error?: unknown;
}

/** A function wrote a line. */
export interface LogEvent {
  readonly type: "log";
  readonly functionName: string;
  readonly line: LogLine;
}

/** The mapping gave a batch up. */
export interface DiscardedEvent {
  readonly type: "discarded";
  readonly functionName: string;
  readonly stream: string;
  readonly document: FailureDocument;
  /** The ARN of the destination that has the document; undefined: there is none. */
  readonly destination: string | undefined;
  /** Why the document did not get there. */
  readonly error?: Error;
}
