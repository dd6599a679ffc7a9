/** What Lambda sends under a tumbling window. */
import { recordsIn } from "../../record/kinesis-event.ts";
import type { Bounds } from "../../windows/bounds.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
export interface WindowEvent {
  readonly Records: readonly unknown[];
  readonly bounds: Bounds;
  readonly state: Readonly<Record<string, unknown>>;
  readonly shardId: string;
  readonly eventSourceARN: string;
  /** It is the window's last invocation. */
  readonly isFinal: boolean;
  /** Because the state was too large for Lambda. Then there are no records. */
  readonly isTerminatedEarly: boolean;
}

/** Throws what is wrong with it. */
export function windowEventOf(event: unknown): WindowEvent {
  const { isFinalInvokeForWindow, isWindowTerminatedEarly, window, ...rest } = (event ??
    {}) as Readonly<Record<string, any>>;
  if (typeof window !== "object" || window === null) {
    // What is no event of a stream is told by name.
    recordsIn(event);
    throw new TypeError(
      "This mapping has no tumbling window, and lambdaWindow counts in that: set its TumblingWindowInSeconds, 1 to 900. Nothing was counted.",
    );
  }
  const { eventSourceARN, shardId, state } = rest;
  const Records = recordsIn({ Records: rest.Records });
  const bounds = { start: Date.parse(window.start), end: Date.parse(window.end) };
  const isObject = typeof state === "object" && state !== null && !Array.isArray(state);
  const faults: readonly (readonly [boolean, string])[] = [
    [!(bounds.start < bounds.end), `window is ${JSON.stringify(window)}`],
    [!isObject, `state is ${JSON.stringify(state)?.slice(0, 100)}`],
    [typeof shardId !== "string", `shardId is ${shardId}`],
    [!String(eventSourceARN).includes(":stream/"), `eventSourceARN is ${eventSourceARN}`],
  ];
  const fault = faults.find(([is]) => is);
  if (fault) {
    throw new TypeError(
      `The event is not one of a tumbling window of Lambda: its ${fault[1]}. Has a middleware changed it?`,
    );
  }
  return {
    ...{ Records, bounds, state, shardId, eventSourceARN },
    isFinal: isFinalInvokeForWindow === true,
    isTerminatedEarly: isWindowTerminatedEarly === true,
  };
}
