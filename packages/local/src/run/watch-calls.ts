/**
 * What functions ask of other services. Those that run here say what they saw: AWS's clients send the trace of their invocation along, so
 * it is known whose a request is. Of services elsewhere the function's own process tells.
 */

import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import type { See, SeenRequest } from "../../../services/src/http/seen.ts";
import type { CallElsewhere } from "../lambda/hosts/index.ts";
import type { CallEvent } from "./events.ts";

export interface CallsWatch {
  /** Of the services. */
  readonly see: See;
  /** Who hears of them. */
  hear(tell: (event: CallEvent) => void): void;
  /** An invocation begins, under this trace. */
  begin(functionName: string, requestId: string, trace: string): void;
  /** What a process of a function asked of services that do not run here. */
  elsewhere(functionName: string, requestId: string, calls: readonly CallElsewhere[]): void;
}

/** Calls of so many milliseconds, to one place and with one answer, are one event. */
const gatherMs = 100;
/** Objects that one event names. */
const keysTold = 5;
/** Invocations that are remembered: a client may send what it has begun after their end. */
const mostTraces = 10_000;

type Gathered = { -readonly [Name in keyof CallEvent]: CallEvent[Name] };
type Call = Omit<SeenRequest, "status" | "trace"> & { readonly status: number | undefined };

export function watchCalls(clock: Clock = systemClock): CallsWatch {
  /** By the root of a trace. */
  const invocations = new Map<string, Pick<CallEvent, "functionName" | "requestId">>();
  const gathered = new Map<string, Gathered>();
  let tell: (event: CallEvent) => void = () => {};

  function flush(): void {
    for (const event of gathered.values()) tell(event);
    gathered.clear();
  }

  function gather(of: Pick<CallEvent, "functionName" | "requestId">, call: Call): void {
    const { bytes, duration, entries = 1, error, key, refused = 0, status } = call;
    const { isProgress = false, operation, place, service } = call;
    const which = [of.functionName, of.requestId, service, operation, place];
    const id = JSON.stringify([...which, status, error?.type, isProgress]);
    let event = gathered.get(id);
    if (!event) {
      if (gathered.size === 0) clock.after(gatherMs, flush);
      event = {
        ...{ type: "call", at: call.at, ...of, service, operation, place },
        ...{ calls: 0, entries: 0, refused: 0, bytes: 0, duration: 0, status },
        ...(key !== undefined && { keys: [] }),
        ...(isProgress && { isProgress }),
        ...(error && { error }),
      };
      gathered.set(id, event);
    }
    event.calls++;
    event.entries += entries;
    event.refused += refused;
    event.bytes += bytes;
    event.duration = Math.max(event.duration, duration);
    if (key !== undefined && event.keys!.length < keysTold) event.keys = [...event.keys!, key];
  }

  return {
    hear(heard) {
      tell = heard;
    },
    begin(functionName, requestId, trace) {
      invocations.set(rootOf(trace), { functionName, requestId });
      if (invocations.size <= mostTraces) return;
      const [oldest] = invocations.keys();
      invocations.delete(oldest!);
    },
    see(seen) {
      const { trace, ...call } = seen;
      const of = invocations.get(rootOf(trace));
      if (of) gather(of, call);
    },
    elsewhere(functionName, requestId, calls) {
      for (const { method, url, ...call } of calls) {
        const of = { service: "http", operation: method, place: url };
        gather({ functionName, requestId }, { ...call, ...of });
      }
    },
  };
}

/** `Root=1-5e1b4151-5ac6c58f5b5daa6eb8c5a6e1` */
const rootOf = (trace: string) => /Root=([^;]+)/.exec(trace)?.[1] ?? trace;
