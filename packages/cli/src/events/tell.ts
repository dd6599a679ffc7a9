/** From what the machine tells to the events of docs/events.md: pure. */
import { FunctionError, type MachineEvent } from "@shardmill/local/rig";
import { decodeSequenceNumber } from "../../../../src/record/sequence-number.ts";
import type { DevEvent, ErrorTold } from "./dev-event.ts";

export function errorTold(error: unknown): ErrorTold {
  if (error instanceof FunctionError) {
    const { errorType, errorMessage, trace } = error;
    return { type: errorType, message: errorMessage, trace };
  }
  const { name, message } = (error ?? {}) as Partial<Error>;
  return { type: String(name ?? typeof error), message: String(message ?? error) };
}

/** The events of all but fates, whose reasons have to be looked up. Keeps the newest sequence numbers of shards. */
export function machineEvents(now: () => number = Date.now) {
  /** By stream and shard: the index of the record that was put last. */
  const newest = new Map<string, bigint>();

  return function tell(event: Exclude<MachineEvent, { type: "fates" }>): DevEvent {
    switch (event.type) {
      case "batch": {
        const { functionName, invocation, response, stream, type } = event;
        const { error, ...told } = invocation;
        return { type, functionName, stream, response, ...told, ...withError(error) };
      }
      case "log":
        return { ...event.line, type: "log", at: now(), functionName: event.functionName };
      case "discarded": {
        const { destination, document, error, ...told } = event;
        const at = Date.parse(document.timestamp);
        const to = destination === undefined ? {} : { destination };
        return { ...told, at, document, ...to, ...withError(error) };
      }
      case "refused":
        return { type: "refused", at: now(), ...event.call };
      case "note":
        return { type: "note", at: now(), text: event.text };
      case "put":
        if (event.last !== undefined) newest.set(placeOf(event), indexOf(event.last));
        return event;
      case "checkpoint": {
        const last = newest.get(placeOf(event)) ?? 0n;
        const behind = Math.max(0, Number(last - indexOf(event.sequenceNumber)));
        return { ...event, behind };
      }
      case "invocation":
      case "transform":
      case "delivery": {
        const { error, ...told } = event;
        return { ...told, ...withError(error) } as DevEvent;
      }
      default:
        return event;
    }
  };
}

const withError = (error: unknown) => (error === undefined ? {} : { error: errorTold(error) });

const placeOf = ({ stream, shardId }: { stream: string; shardId: string }) =>
  `${stream}/${shardId}`;

/** Which record of its shard it is. */
const indexOf = (sequenceNumber: string): bigint =>
  decodeSequenceNumber(sequenceNumber)?.index ?? 0n;
