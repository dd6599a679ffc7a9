/** What the log keeps of an application in a shard: of which it is, what kind of change, which streams had an output then, and the change. */
import { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { readSlots } from "../../windows/slots.ts";
import { OtherApplicationError } from "../run/machine.ts";
import { type ShardApplication, streamsOf } from "./application.ts";

const version = 1;

/** What came, all of the state where that is less, rows that are done, or all of the state. */
export const modes = { inputs: 0, state: 1, done: 2, whole: 3 } as const;

export interface Written {
  readonly mode: number;
  readonly body: Uint8Array;
  /** Of the streams that have an output now, those that had one then. */
  readonly outputs: ReadonlySet<string>;
}

export function written(
  { mark, outputs, plan }: ShardApplication,
  mode: number,
  body: Uint8Array,
): Uint8Array {
  const to = new ByteWriter();
  to.byte(version);
  to.byte(mode);
  to.varint(mark);
  const going = streamsOf(plan).flatMap((name, at) => (outputs.has(name) ? [at] : []));
  to.varint(going.length);
  for (const at of going) to.varint(at);
  to.append(body);
  return to.take();
}

/** Throws OtherApplicationError. */
export function opened({ mark, outputs, plan }: ShardApplication, bytes: Uint8Array): Written {
  const from = new ByteReader(bytes);
  const theirs = from.byte();
  const mode = from.byte();
  if (theirs !== version || from.varint() !== mark) {
    throw new OtherApplicationError(
      theirs === version
        ? "The log has the state of another application: its SQL or its schema has changed. Give the consumer another `epoch` to begin anew, or another name beside the old one; until then nothing is done and nothing is lost."
        : `The state of the application has version ${theirs}; this shardmill reads version ${version}. Update it: nothing is lost until then.`,
    );
  }
  const streams = streamsOf(plan);
  const going = Array.from({ length: from.varint() }, () => streams[from.varint()]!);
  return { mode, body: from.rest(), outputs: new Set(going.filter((name) => outputs.has(name))) };
}

/** The rows that changes say are done. */
export function slotsGone(bytes: Uint8Array): readonly number[] {
  const from = new ByteReader(bytes);
  from.byte();
  if (from.byte() !== modes.done) return [];
  from.varint();
  for (let left = from.varint(); left > 0; left--) from.varint();
  return readSlots(from);
}
