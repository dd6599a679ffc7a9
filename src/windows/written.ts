/**
 * How a machine's state is written: whole, or only what has changed since it was written last. What is large is not written again
 * for what little was added to it: there the inputs are written, and added once more where they are read.
 */

import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Definition } from "./definition.ts";
import type { Group } from "./group.ts";
import type { WindowMachine } from "./machine.ts";
import type { Seen } from "./sliding.ts";
import { readSlots, writeSlots } from "./slots.ts";

const version = 1;
const flags = { key: 1, bounds: 2, origin: 4, closed: 8 } as const;
const modes = { state: 0, inputs: 1 } as const;

/** State of other windows than these: another kind or length, or other aggregates. */
export class OtherWindowsError extends Error {
  override readonly name = "OtherWindowsError";
}

/** What has changed since `machine.committed()`. */
export function writeChanges<T>(machine: WindowMachine<T>): Uint8Array {
  const { gone, groups, seen } = machine.news;
  const to = begin(machine, false);
  writeSlots(gone, to);
  // The rows of sliding windows follow from the records.
  const told = machine.definition.kind === "sliding" ? [] : groups;
  to.varint(told.length);
  for (const group of told) writeGroup(group, machine.definition, false, to);
  to.varint(seen.length);
  for (const [key, one] of seen) writeSeen(key, one, machine.definition, to);
  return to.take();
}

/** That the rows of these groups are done, and nothing else. */
export function writeDone<T>(machine: WindowMachine<T>, slots: readonly number[]): Uint8Array {
  const to = begin(machine, false);
  writeSlots(slots, to);
  to.varint(0);
  to.varint(0);
  return to.take();
}

/** The groups that it says are gone. */
export function slotsGone(written: Uint8Array): readonly number[] {
  const from = new ByteReader(written);
  from.byte();
  from.varint();
  if (from.byte() !== 0) from.signed();
  from.varint();
  return readSlots(from);
}

/** All of it. */
export function writeWhole<T>(machine: WindowMachine<T>): Uint8Array {
  const { definition } = machine;
  const to = begin(machine, true);
  to.text(definition.fingerprint);
  to.varint(machine.groups.size);
  // Open ones of a key, and due ones, each in their order.
  const due = new Set(machine.due);
  for (const group of machine.groups.values()) {
    if (!due.has(group)) writeGroup(group, definition, true, to);
  }
  for (const group of due) writeGroup(group, definition, true, to);
  const from = machine.bound - definition.sizeMs;
  const seen = [...machine.trails].flatMap(([key, trail]) =>
    trail.seen.filter(({ time }) => time >= from).map((one): [string, Seen] => [key, one]),
  );
  to.varint(seen.length);
  for (const [key, one] of seen) writeSeen(key, one, definition, to);
  return to.take();
}

/** What of a whole state is the group's. */
export function writtenOf<T>(group: Group, definition: Definition<T>): Uint8Array {
  const to = new ByteWriter();
  writeGroup(group, definition, true, to);
  return to.take();
}

/** Whether it was written by `writeWhole`. */
export const isWhole = (written: Uint8Array): boolean => written[0] === 2 * version + 1;

/**
 * Takes in what another machine of the same windows has written, as if the records were this machine's. What is whole, only a new
 * machine takes. Throws OtherWindowsError where it is of other windows.
 */
export function applyWritten<T>(machine: WindowMachine<T>, written: Uint8Array): void {
  const { definition } = machine;
  const from = new ByteReader(written);
  const head = from.byte();
  const whole = head % 2 === 1;
  if (head >> 1 !== version) {
    throw new OtherWindowsError(
      `The state of the windows has version ${head >> 1}; this shardmill reads version ${version}. Update it: nothing is lost until then.`,
    );
  }
  const mark = from.varint();
  if (!whole && mark !== markOf(definition)) throw ofOthers("others", definition);
  const watermark = from.byte() === 0 ? Number.NEGATIVE_INFINITY : from.signed();
  const nextSlot = from.varint();
  if (whole) checkFingerprint(from.text(), definition);
  if (!whole) machine.forget(readSlots(from));
  for (let left = from.varint(); left > 0; left--) readGroup(machine, from);
  for (let left = from.varint(); left > 0; left--) {
    const key = from.text();
    const time = from.signed();
    const inputs = definition.aggregates.map((aggregate) =>
      from.byte() === 0 ? undefined : aggregate.readInput(from),
    );
    if (whole) machine.restoreSeen(key, { time, inputs });
    else machine.slide(key, time, inputs);
  }
  machine.nextSlot = Math.max(machine.nextSlot, nextSlot);
  machine.advance(watermark);
  machine.committed();
}

function begin<T>(machine: WindowMachine<T>, whole: boolean): ByteWriter {
  const to = new ByteWriter();
  to.byte(2 * version + (whole ? 1 : 0));
  const { watermark } = machine;
  to.varint(markOf(machine.definition));
  to.byte(Number.isFinite(watermark) ? 1 : 0);
  if (Number.isFinite(watermark)) to.signed(watermark);
  to.varint(machine.nextSlot);
  return to;
}

function writeGroup<T>(
  group: Group,
  { aggregates, kind }: Definition<T>,
  whole: boolean,
  to: ByteWriter,
): void {
  const isNew = whole || group.isNew;
  const hasBounds = isNew || group.isMoved;
  to.varint(group.slot);
  to.byte(
    (isNew ? flags.key : 0) +
      (hasBounds ? flags.bounds : 0) +
      (isNew && group.origin !== undefined ? flags.origin : 0) +
      (isNew && whole && group.isClosed ? flags.closed : 0),
  );
  if (isNew) to.text(group.key);
  if (isNew && kind === "sliding") to.varint(group.ordinal);
  if (isNew && group.origin !== undefined) to.text(group.origin);
  if (hasBounds) {
    to.signed(group.start);
    to.varint(group.end - group.start);
  }
  for (let at = 0; at < aggregates.length; at++) {
    const aggregate = aggregates[at]!;
    const state = group.states[at];
    if (aggregate.isLarge) {
      const news = whole ? undefined : group.news;
      const inputs = news?.[at];
      const isShorter = news && (inputs?.bytes.length ?? 0) <= aggregate.sizeOf(state);
      to.byte(isShorter ? modes.inputs : modes.state);
      if (isShorter) {
        to.varint(inputs?.count ?? 0);
        if (inputs) to.append(inputs.bytes.take());
        continue;
      }
    }
    aggregate.write(state, to);
  }
}

function readGroup<T>(machine: WindowMachine<T>, from: ByteReader): void {
  const { aggregates, kind } = machine.definition;
  const slot = from.varint();
  const said = from.byte();
  const known = machine.groups.get(slot);
  if (!known && !(said & flags.key)) {
    throw new RangeError(
      `The state of the windows speaks of group ${slot}, which it has not begun.`,
    );
  }
  const key = said & flags.key ? from.text() : known!.key;
  const ordinal = said & flags.key && kind === "sliding" ? from.varint() : (known?.ordinal ?? 0);
  const origin = said & flags.origin ? from.text() : known?.origin;
  const start = said & flags.bounds ? from.signed() : known!.start;
  const end = said & flags.bounds ? start + from.varint() : known!.end;
  const states = aggregates.map((aggregate, at) => {
    if (!aggregate.isLarge || from.byte() === modes.state) return aggregate.read(from);
    let state = known ? known.states[at] : aggregate.empty();
    for (let left = from.varint(); left > 0; left--) {
      state = aggregate.add(state, aggregate.readInput(from));
    }
    return state;
  });
  if (known) {
    Object.assign(known, { start, end, states });
    machine.resize(known);
    return;
  }
  machine.restore({
    ...{ slot, key, place: undefined, start, end, states, ordinal, origin, bytes: 0 },
    ...{ isClosed: (said & flags.closed) > 0, isGone: false },
    ...{ isNew: false, isMoved: false, isTold: false, news: undefined },
  });
}

function writeSeen<T>(
  key: string,
  { time, inputs }: Seen,
  { aggregates }: Definition<T>,
  to: ByteWriter,
): void {
  to.text(key);
  to.signed(time);
  for (const [at, aggregate] of aggregates.entries()) {
    const input = inputs[at];
    to.byte(input === undefined ? 0 : 1);
    if (input !== undefined) aggregate.writeInput(input, to);
  }
}

function checkFingerprint<T>(theirs: string, definition: Definition<T>): void {
  if (theirs !== definition.fingerprint) throw ofOthers(`"${theirs}"`, definition);
}

const ofOthers = <T>(theirs: string, { fingerprint }: Definition<T>) =>
  new OtherWindowsError(
    `The log has the state of other windows: they were ${theirs}, and these are "${fingerprint}". Give the consumer another \`epoch\` to begin anew, or another name beside the old one; until then nothing is done and nothing is lost.`,
  );

/** The fingerprint in few bytes (FNV-1a): changes are written often. */
function markOf<T>({ fingerprint }: Definition<T>): number {
  let mark = 0x811c9dc5;
  for (let at = 0; at < fingerprint.length; at++) {
    mark = Math.imul(mark ^ fingerprint.charCodeAt(at), 0x01000193);
  }
  return mark >>> 8;
}
